/* What is known of one area or one hot spot, each number with its interval in words. */
(function (rewir) {
  "use strict";

  const { el, svg, fill, isNumber } = rewir;
  const { note, notes, figure, facts, feedLink } = rewir.parts;

  rewir.drawArea = function (box, { row, forecast, level, words, href, config }) {
    const { say } = words;
    fill(box,
      el("p", { class: "eyebrow", text: [level.label, row.parent_id].filter(Boolean).join(" · ") }),
      el("h2", { text: rewir.areaName(row, level, words), tabindex: "-1" }),
      when(row, words, { config }),
      ...(row.suppressed ? [note(say("suppressed"))] : numbers(row, forecast, words)),
      ...notes(row.note, (code) => say(`note_${code}`)),
      areaLink(row, level, { href, config, words }),
      feedLink(row.fid ? href("area-periods", row.fid)
        : href("area-series", [level.id, row.area_id, row.category_group].join(".")), words),
    );
  };

  rewir.drawHotspot = function (box, { feature, words, href, config }) {
    const { say, number } = words;
    const p = feature.properties;
    const beats = sharesOf(p);
    fill(box,
      el("p", { class: "eyebrow", text: say("hotspot") }),
      el("h2", { text: p.name ?? say("unnamed"), tabindex: "-1" }),
      when(p, words, { config, group: config.groups[p.category_group] }),
      el("p", { class: `class class-${p.hot_class}`, text: say(`class_${p.hot_class}`) }),
      isNumber(p.n_episodes)
        ? figure(say("episodes", { n: p.n_episodes }), isNumber(p.expected_n) ? say("where_expected", { expected: p.expected_n }) : say("in_twelve_months"))
        : note(say("suppressed")),
      isNumber(p.rr_shrunk) ? ratio([p.rr_shrunk, p.rr_lo90, p.rr_hi90], words, "hotspot_ratio") : null,
      isNumber(p.rr_shrunk) ? el("p", { class: "aside", text: say("two_questions") }) : null,
      yearBefore(p, words, "spot_year"),
      2 * p.n_burst > p.n_reports ? note(say("mostly_burst")) : null,
      facts([
        [say("n_reports"), isNumber(p.n_reports) ? number(p.n_reports) : null],
        [say("n_confirmed"), isNumber(p.n_confirmed) ? number(p.n_confirmed) : null],
        [say("share_of_city"), isNumber(p.share_of_city_episodes) ? say("percent", { percent: number(p.share_of_city_episodes * 100, 1) }) : null],
        [say("top_category"), config.categories[p.top_category] ?? p.top_category],
        [say("pattern"), p.emerging_plain ? say(`pattern_${p.emerging_plain}`) : null],
        [say("stability"), isNumber(p.stability) ? say("of_grids", { percent: number(p.stability * 100, 0) }) : say("of_no_grids")],
        [say("first_seen"), p.first_seen ? words.date(p.first_seen) : null],
        [say("peak_weekday"), p.peak_weekday ? say(`weekday_${p.peak_weekday}`) : null],
        [say("peak_shift"), p.peak_shift ? say(`shift_${p.peak_shift}`) : null],
        [say("peak_hours"), p.peak_hours ? say("hours_share", { hours: p.peak_hours, percent: number(p.peak_share * 100, 0) }) : null],
        [say("n_near_duplicates"), p.n_near_duplicates > 0 ? say("of_reports", { n: number(p.n_near_duplicates), all: number(p.n_reports) }) : null],
        [say("n_burst"), p.n_burst > 0 ? say("of_reports", { n: number(p.n_burst), all: number(p.n_reports) }) : null],
        [say("size"), isNumber(p.area_km2) ? say("hectares", { area: number(p.area_km2 * 100, 0) }) : null],
      ]),
      ...notes(p.note, (code) => say(`note_${code}`)),
      beats.length > 0 ? el("h3", { text: say("beats_of_spot") }) : null,
      el("ul", { class: "shares" }, ...beats.map(([beat, share]) =>
        el("li", {}, el("span", { text: beat }), share === null ? null : el("span", { text: say("percent", { percent: number(share * 100, 0) }) })))),
      feedLink(href("hotspot-areas", feature.id), words),
    );
  };

  function numbers(row, forecast, words) {
    return row.summed ? summedNumbers(row, words) : areaNumbers(row, forecast, words);
  }

  /* A rate with its interval, where it has one. */
  function rate(row, key, { say, number, range }) {
    if (!isNumber(row[key])) return null;
    const digits = row[key] >= 10 ? 1 : 2;
    const value = number(row[key], digits);
    if (!isNumber(row[`${key}_lo95`])) return value;
    return say("with_interval", { value, interval: range(row[`${key}_lo95`], row[`${key}_hi95`], digits) });
  }

  /* What is known of any months, or by another rule of counting: the count, and what it is of. */
  function summedNumbers(row, words) {
    const { say, number } = words;
    const all = row.summed === "all";
    const title = (key) => say(all ? `statistic_${key}` : `statistic_${key}_${row.summed}`);
    return [
      summedFigure(row, words),
      all && row.low_information ? note(say("low_information")) : null,
      facts([
        [say("n_reports"), all ? null : number(row.n_reports)],
        [say("n_confirmed"), row.summed !== "confirmed" && isNumber(row.n_confirmed) ? number(row.n_confirmed) : null],
        [say("expected_confirmed"), row.summed !== "expected" ? likely(row, words) : null],
        [title("rate_per_1000"), rate(row, "rate_per_1000", words)],
        [title("rate_per_km2"), rate(row, "rate_per_km2", words)],
        [say("pop_resident"), isNumber(row.pop_resident) ? number(row.pop_resident, 0) : null],
      ]),
    ];
  }

  /* The interval is exact for a count; a sum of chances has none. */
  function summedFigure(row, words) {
    const { say, number } = words;
    const between = (count) => Object.fromEntries(rewir.garwood(count).map((limit, i) => [["low", "high"][i], number(limit, 0)]));
    if (row.summed === "expected") return figure(say("expected_reports", { n: row.n_expected_confirmed, digits: 1 }), say("not_likely"));
    if (row.summed === "confirmed") return figure(say("confirmed_reports", { n: row.n_confirmed }), say("likely_days", between(row.n_confirmed)));
    return figure(say("reports", { n: row.n_reports }), say("episodes_part", { n: row.n_episodes, ...between(row.n_episodes) }));
  }

  /* "17.0 of 41 episodes". */
  function likely(row, { say, number }) {
    if (!isNumber(row.n_expected_confirmed)) return null;
    return say("of_episodes", { n: number(row.n_expected_confirmed, 1), all: number(row.n_episodes) });
  }

  function areaNumbers(row, forecast, words) {
    const { say, number, times, between } = words;
    const percent = (share) => number(share * 100, 0);
    return [
      figure(say("reports", { n: row.n_reports }), episodes(row, words)),
      isNumber(row.smr_eb) ? ratio([row.smr_eb, row.smr_eb_lo90, row.smr_eb_hi90], words, "area_ratio") : null,
      isNumber(row.p_rr_gt_1_5) ? el("p", { class: "aside", text: say("high_chance", { chances: words.chances(row.p_rr_gt_1_5) }) }) : null,
      row.low_information ? note(say("low_information")) : null,
      row.low_reporting ? note(say("low_reporting")) : null,
      yearBefore(row, words, verdict(row)),
      ahead(forecast, words),
      statuses(row, words),
      facts([
        [say("expected_confirmed"), likely(row, words)],
        [say("share_confirmed"), isNumber(row.conf_rate_eb) ? say("share_interval", { value: percent(row.conf_rate_eb), low: percent(row.conf_rate_lo90), high: percent(row.conf_rate_hi90) }) : null],
        [say("against_norm"), isNumber(row.funnel_class) ? say(`funnel_${Math.abs(row.funnel_class)}${row.funnel_class < 0 ? "_below" : ""}`) : null],
        [say("statistic_rate_per_1000"), rate(row, "rate_per_1000", words)],
        [say("statistic_rate_per_km2"), rate(row, "rate_per_km2", words)],
        [say("pop_resident"), isNumber(row.pop_resident) ? number(row.pop_resident, 0) : null],
        [say("reporting_rate"), isNumber(row.reporting_rate_rr) ? say("reporting_times", { ratio: times(row.reporting_rate_rr), interval: between(row.reporting_rate_lo90, row.reporting_rate_hi90) }) : null],
        [say("n_boundary_25m"), isNumber(row.n_boundary_25m) ? number(row.n_boundary_25m) : null],
      ]),
    ];
  }

  /* "23 separate episodes, likely 15–35 in a half-year like this". The exact Poisson interval of
     the count is that of the density times the area. */
  function episodes(row, words) {
    const { say, number } = words;
    if (!isNumber(row.n_episodes)) return null;
    if (!isNumber(row.rate_per_km2_lo95)) return say("episodes", { n: row.n_episodes });
    const [low, high] = [row.rate_per_km2_lo95, row.rate_per_km2_hi95].map((limit) => number(limit * row.area_km2, 0));
    return say(row.period_complete === false ? "episodes_part" : "episodes_likely", { n: row.n_episodes, low, high });
  }

  /* A ratio in words, over a small picture of its interval. */
  function ratio([value, low, high], { say, times, between }, key) {
    return el("div", { class: "ratio" },
      el("p", {},
        el("strong", { text: say("times", { ratio: times(value) }) }),
        ` ${say(key, { interval: between(low, high) })}`),
      intervalPicture(value, low, high));
  }

  /* From a quarter to eight times the expected, on a log axis, with a mark at "as expected" and an
     arrow where the interval goes on. */
  function intervalPicture(value, low, high) {
    const [width, height] = [300, 26];
    const place = (r) => (width * Math.min(1, Math.max(0, Math.log2(Math.max(r, 1e-6) / 0.25) / 5))).toFixed(1);
    const tick = (r) => svg("g", {},
      svg("line", { x1: place(r), x2: place(r), y1: 2, y2: 13, class: r === 1 ? "axis one" : "axis" }),
      svg("text", { x: place(r), y: 24, class: "tick", text: r < 1 ? `1/${1 / r}` : `${r}×` }));
    return svg("svg", { viewBox: `-10 0 ${width + 20} ${height}`, class: "interval", "aria-hidden": "true" },
      ...[0.25, 0.5, 1, 2, 4, 8].map(tick),
      svg("line", { x1: place(low), x2: place(high), y1: 7.5, y2: 7.5, class: "span" }),
      low < 0.25 ? svg("path", { d: "M0 3.5l-7 4 7 4z", class: "beyond" }) : null,
      high > 8 ? svg("path", { d: `M${width} 3.5l7 4-7 4z`, class: "beyond" }) : null,
      svg("circle", { cx: place(value), cy: 7.5, r: 4, class: "value" }));
  }

  /* The change on the same half-year a year before; where there is none, a reason is noted. */
  function yearBefore(row, words, comment) {
    const { say, times, between } = words;
    if (!isNumber(row.rate_ratio_yoy)) return null;
    const [low, high] = [row.rate_ratio_lo95, row.rate_ratio_hi95];
    const numbers = { before: row.n_same_period_prev_year, now: row.n_episodes, interval: between(low, high) };
    return el("p", { class: "change" },
      el("strong", { text: say("year_change", { ratio: times(row.rate_ratio_yoy) }) }),
      ` ${say("year_interval", numbers)} `,
      comment ? say(comment) : null);
  }

  /* What the half-year after the last one is likely to bring; older half-years have no such line. */
  function ahead(forecast, { say, range }) {
    if (!isNumber(forecast?.forecast_lo80)) return null;
    const { period, forecast_lo80: low, forecast_hi80: high } = forecast;
    const interval = low === high ? low : range(low, high);
    return el("p", { class: "ahead" },
      el("strong", { text: say("forecast_period", { period }) }), ` ${say("forecast_likely", { n: high, interval })}`);
  }

  /* An interval beside one is not enough where all areas are compared at once: the q-value is.
     Without one there is no test, and a reason is noted. */
  function verdict({ rate_ratio_lo95: low, rate_ratio_hi95: high, q_value: q }) {
    if (!isNumber(q)) return null;
    if (q <= 0.05) return "year_real";
    return low > 1 || high < 1 ? "year_many" : "year_chance";
  }

  /* Confirmed, pending and unconfirmed: a bar, and the same in words. */
  function statuses(row, words) {
    const kinds = ["confirmed", "pending", "unconfirmed"];
    const counts = kinds.map((kind) => row[`n_${kind}`]);
    if (!counts.every(isNumber)) return null;
    const bar = el("div", { class: "bar", "aria-hidden": "true" }, ...kinds.map((kind, i) => {
      const part = el("span", { class: `part ${kind}` });
      part.style.flexGrow = String(counts[i]);
      return counts[i] > 0 ? part : null;
    }));
    return el("div", { class: "statuses" }, bar, el("ul", {}, ...kinds.map((kind, i) =>
      el("li", { class: kind }, el("strong", { text: words.number(counts[i]) }), ` ${words.say(`status_${kind}`, { n: counts[i] })}`))));
  }

  function when(row, words, { config, group }) {
    const text = [config.periods[row.period]?.label ?? row.period, words.dates(row.period_start, row.period_end), group].filter(Boolean).join(" · ");
    return el("p", { class: "when", text });
  }

  /* The page of an area; a file has none. */
  function areaLink({ area_id: id, period }, { collection }, { href, config, words }) {
    if (href(collection, id) === null) return null;
    const query = new URLSearchParams(period ? { period } : {});
    const lang = new URLSearchParams(window.location.search).get("lang");
    if (lang) query.set("lang", lang);
    const page = `${config.base_url}/${collection}/${encodeURIComponent(id)}`;
    return el("p", { class: "more" }, el("a", { href: query.size > 0 ? `${page}?${query}` : page, text: words.say("area_page") }));
  }

  /* Beats of a hot spot with their shares, from lists or from their text form "IV-3, IV-4". */
  function sharesOf({ beat_ids: ids, beat_shares: shares }) {
    const list = (value) => (Array.isArray(value) ? value : String(value ?? "").split(/\s*[,;]\s*/).filter(Boolean));
    const numbers = list(shares).map(Number);
    return list(ids).map((id, i) => [id, isNumber(numbers[i]) ? numbers[i] : null]);
  }
})(window.rewir);
