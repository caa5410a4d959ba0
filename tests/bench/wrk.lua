-- Asks for another thing every time: words in capitals are replaced by chance, the same for
-- every server that is given the same seed.
local template, groups

function init(args)
  math.randomseed(tonumber(args[1]))
  template, groups = args[2], {}
  for group in args[3]:gmatch("[^,]+") do groups[#groups + 1] = group end
end

function request()
  local path = template
    :gsub("GROUP", groups[math.random(#groups)])
    :gsub("LIMIT", math.random(70, 100))
    :gsub("OFFSET", math.random(0, 30))
    :gsub("NUMBER", math.random(100000, 999999))
  return wrk.format("GET", path)
end
