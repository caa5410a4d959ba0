/* The legend: classes with their limits, what is hatched, what has no number, what is hidden. */
(function (rewir) {
  "use strict";

  const { el, svg } = rewir;

  rewir.drawLegend = function (box, { words, scale, statistic, title, hatch = null, gaps = true }) {
    const list = el("ul", { class: "classes" });
    if (statistic.zero) list.append(entry(scale.zero, words.number(0)));
    scale.classes.forEach((each, i) => {
      const place = { first: i === 0, last: i === scale.classes.length - 1 };
      list.append(entry(each.colour, limits(each, place, statistic, words)));
    });
    const signs = el("ul", { class: "signs" },
      hatch && sign(rewir.hatched("var(--card)"), hatch),
      sign("url(#hidden)", words.say("hidden_small")),
      gaps ? sign("url(#no-value)", words.say("no_value")) : null);
    rewir.fill(box, el("h2", { text: title ?? words.say(`statistic_${statistic.id}`) }), list, signs);
  };

  // What a tooltip keeps from the edges of its room; how far above the legend none lies over it.
  const GAP = 14;
  const ABOVE = 60;
  const place = L.Tooltip.prototype._setPosition;

  /* A tooltip opens to the side that has more room, and is no wider than that: the legend, which
     lies over it, and the edges of the map hide none of it. */
  L.Tooltip.include({
    _setPosition(at) {
      const { options, _map: map, _container: tip } = this;
      if (options.sticky) {
        const { x, y } = map.layerPointToContainerPoint(at);
        const [left, right] = [x - coveredAt(y, map), map.getSize().x - x];
        options.direction = right >= left ? "right" : "left";
        tip.style.maxWidth = `min(18rem, ${Math.max(left, right) - GAP}px)`;
      }
      place.call(this, at);
    },
  });

  /* Where the legend ends at a height of the map; 0 where it is not. */
  function coveredAt(y, map) {
    const legend = map.getContainer().parentElement.querySelector(".legend");
    if (legend === null || getComputedStyle(legend).position !== "absolute") return 0;
    return y > legend.offsetTop - ABOVE ? legend.offsetLeft + legend.offsetWidth : 0;
  }

  /* A colour with lines across it, as an SVG fill. Patterns are made once for each colour. */
  const hatches = new Map();
  rewir.hatched = function (colour) {
    if (!hatches.has(colour)) {
      const id = `hatched-${hatches.size}`;
      const pattern = svg("pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(-45)" },
        svg("rect", { width: 7, height: 7, fill: colour }),
        svg("rect", { width: 1.3, height: 7, class: "hatch-line" }));
      document.querySelector(".defs defs").append(pattern);
      hatches.set(colour, `url(#${id})`);
    }
    return hatches.get(colour);
  };

  /* One line of a legend: what a fill means. */
  function sign(fill, text) {
    return el("li", {}, svg("svg", { viewBox: "0 0 34 21", "aria-hidden": "true" },
      svg("rect", { x: 0.5, y: 0.5, width: 33, height: 20, fill, class: "edge" })), el("span", { text }));
  }

  /* One line of a legend: what a colour means. */
  function entry(colour, text) {
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.backgroundColor = colour;
    return el("li", {}, swatch, el("span", { text }));
  }
  rewir.legendColour = entry;

  /* "1–4", "5–9", "10 and more" for counts; "under 0.8", "0.8–1.2" for what is measured. */
  function limits({ from, to }, { first, last }, { whole, least = 1 }, words) {
    if (last) return words.say("class_from", { from: words.limit(from) });
    if (!whole) return first ? words.say("class_under", { to: words.limit(to) }) : `${words.limit(from)}–${words.limit(to)}`;
    const [low, high] = [first ? least : Math.ceil(from), Math.ceil(to) - 1];
    return low >= high ? words.number(high) : words.range(low, high, 0);
  }
})(window.rewir);
