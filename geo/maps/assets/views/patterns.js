/* Patterns: what hot spots did over their twelve months. */
(function (rewir) {
  "use strict";

  const { el, fill, isNumber } = rewir;
  const spots = rewir.views.hotspots;

  const nameOf = ({ properties: p }, words) => p.name ?? words.say("unnamed");
  const patternOf = ({ properties: p }, words) => words.say(`pattern_${p.emerging_plain}`);

  rewir.views.patterns = {
    layer: "patterns",
    mark: "hotspot",
    needs: { level: true, statistic: false, status: false, months: false },
    beside: () => ["areas"],
    key: ({ period, category_group: group }) => [period, group].join(),

    /* In the order of the legend, within it the places with most episodes first. */
    async load(source, { period, category_group: group }, signal) {
      const found = await source.features("hotspot-areas", { period, category_group: group }, signal);
      const place = ({ properties: p }) => rewir.PATTERNS.indexOf(p.emerging_plain);
      return [...found].sort((a, b) => place(a) - place(b) || (b.properties.n_episodes ?? 0) - (a.properties.n_episodes ?? 0));
    },

    id: (spot) => spot.id,

    draw({ patterns }, data, { describe }) {
      patterns.setData(data, describe);
    },

    clear({ patterns }) {
      patterns.setData([], () => "");
    },

    describe(spot, words) {
      const { n_episodes: n } = spot.properties;
      const value = isNumber(n) ? words.say("episodes", { n }) : words.say("hidden");
      return words.say("described_hotspot", { name: nameOf(spot, words), class: patternOf(spot, words), value });
    },

    legend(box, { words, config, data, choices }) {
      const why = rewir.untested({ spots: data }, words, config, choices);
      const entries = rewir.PATTERNS.map((pattern) => {
        const { edge, fill: inside, dashed } = rewir.patternStyle(pattern);
        return rewir.signEntry(words.say(`legend_${pattern}`), { fill: inside ?? "none", edge, dashed, sign: pattern });
      });
      fill(box, el("h2", { text: words.say("legend_patterns") }), el("ul", { class: "signs" }, ...entries), why && rewir.parts.note(why));
    },

    caption(data, words, heading, { config, choices }) {
      if (data.length === 0) return spots.caption({ spots: data }, words, heading, { config, choices });
      return words.say("caption_patterns", { ...heading, until: words.date(heading.until) });
    },

    columns(words) {
      const of = (key) => ({ properties }) => properties[key] ?? null;
      const shown = (key, missing) => ({ properties: p }) => (isNumber(p[key]) ? words.number(p[key]) : words.say(missing));
      const name = (spot) => nameOf(spot, words);
      return [
        { key: "name", title: words.say("column_hotspot"), numeric: false, value: name, text: name },
        { key: "emerging_plain", title: words.say("column_pattern"), tip: words.say("tip_pattern"), numeric: false,
          value: (spot) => patternOf(spot, words), text: (spot) => patternOf(spot, words) },
        { key: "persistence_months", title: words.say("column_hot_months"), tip: words.say("tip_hot_months"), numeric: true,
          value: of("persistence_months"), text: shown("persistence_months", "unknown") },
        { key: "n_episodes", title: words.say("column_episodes"), numeric: true, value: of("n_episodes"), text: shown("n_episodes", "hidden") },
      ];
    },

    panel(box, { one, words, href, config }) {
      rewir.drawHotspot(box, { feature: one, words, href, config });
      const { emerging_plain: pattern, persistence_months: months } = one.properties;
      const told = el("p", { class: "pattern" }, rewir.sign(pattern),
        el("span", { text: `${words.say(`legend_${pattern}`)}. ${isNumber(months) ? words.say("hot_months", { n: months }) : ""}` }));
      box.querySelector(".class").after(told);
    },

    summary(data, words, heading, { config, choices }) {
      const why = rewir.untested({ spots: data }, words, config, choices);
      if (why !== null || data.length === 0) return words.say("told_hotspots", { n: why ?? 0 });
      const counts = rewir.PATTERNS.map((pattern) => [pattern, data.filter(({ properties: p }) => p.emerging_plain === pattern).length]);
      const parts = counts.filter(([, n]) => n > 0).map(([pattern, n]) => words.say("told_pattern", { pattern: words.say(`pattern_${pattern}`), n }));
      return words.say("told_patterns", { n: data.length, parts: parts.join(", ") });
    },
  };
})(window.rewir);
