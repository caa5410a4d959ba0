/* Clusters: beats side by side that together hold more than chance would put there. Two searches
   for each group, made once a release. What is not beyond chance is told, and not drawn. */
(function (rewir) {
  "use strict";

  const { el, fill, isNumber } = rewir;
  const SCANS = ["gate", "alarm"];
  const YEAR = 365.25;

  rewir.views.clusters = {
    layer: "clusters",
    mark: "cluster",
    needs: { level: true, statistic: false, status: false, months: false },
    beside: () => ["areas"],
    key: ({ category_group: group }) => group,

    /* What was found first, the less likely by chance before the others. */
    async load(source, { category_group: group }, signal) {
      const found = await source.features("clusters", { category_group: group }, signal);
      const place = ({ properties: p }) => [p.signal ? 0 : 1, SCANS.indexOf(p.scan), p.p_value ?? 1];
      return [...found].sort((a, b) => compare(place(a), place(b)));
    },

    id: (cluster) => cluster.id,

    draw({ clusters }, data, { describe }) {
      clusters.setData(data, describe);
    },

    clear({ clusters }) {
      clusters.setData([], () => "");
    },

    describe({ properties: p }, words) {
      if (!p.signal) return words.say("described_no_cluster", { scan: words.say(`scan_${p.scan}`), chance: chanceOf(p, words) });
      return words.say("described_cluster", {
        scan: words.say(`scan_${p.scan}`), beats: beatsOf(p), value: words.say("episodes", { n: p.n_episodes }), expected: p.expected_n,
      });
    },

    legend(box, { words, data, choices, config }) {
      const entries = SCANS.map((scan) => rewir.signEntry(words.say(`legend_${scan}`), { fill: rewir.hatch(scan), dashed: scan === "alarm", sign: scan }));
      const none = SCANS.filter((scan) => !data.some(({ properties: p }) => p.scan === scan && p.signal));
      fill(box,
        el("h2", { text: words.say("legend_clusters") }),
        el("ul", { class: "signs" }, ...entries),
        ...none.map((scan) => rewir.parts.note(words.say(`none_${scan}`))),
        isOld(choices, config) ? rewir.parts.note(words.say("searched_in", config.views.clusters)) : null,
        el("p", { class: "aside", text: words.say("not_an_address") }));
    },

    caption(data, words, heading, { config }) {
      return words.say("caption_clusters", { ...heading, period: config.views.clusters.period });
    },

    columns(words) {
      const of = (key) => ({ properties: p }) => (p.signal ? p[key] ?? null : null);
      const name = ({ properties: p }) => (p.signal ? beatsOf(p) : words.say("no_cluster"));
      const scan = ({ properties: p }) => words.say(`scan_${p.scan}`);
      const shown = (key, digits) => ({ properties: p }) => (p.signal && isNumber(p[key]) ? words.number(p[key], digits) : "–");
      return [
        { key: "name", title: words.say("column_cluster"), numeric: false, value: name, text: name },
        { key: "scan", title: words.say("column_scan"), tip: words.say("tip_scan"), numeric: false, value: scan, text: scan },
        { key: "n_episodes", title: words.say("column_episodes"), numeric: true, value: of("n_episodes"), text: shown("n_episodes", 0) },
        { key: "expected_n", title: words.say("column_expected"), numeric: true, value: of("expected_n"), text: shown("expected_n", 1) },
        { key: "p_value", title: words.say("column_p"), tip: words.say("tip_p"), numeric: true,
          value: ({ properties: p }) => p.p_value, text: ({ properties: p }) => (isNumber(p.p_value) ? mapsOf(p, words) : "–") },
      ];
    },

    panel(box, { one, words, href, config }) {
      const p = one.properties;
      const { say, number, times } = words;
      fill(box,
        el("p", { class: "eyebrow", text: say(`scan_${p.scan}`) }),
        el("h2", { text: p.signal ? say("cluster_of", { n: p.n_areas }) : say("no_cluster"), tabindex: "-1" }),
        el("p", { class: "when", text: [words.dates(p.period_start, p.period_end), config.groups[p.category_group]].join(" · ") }),
        el("p", { class: "pattern" }, p.signal ? rewir.sign(p.scan) : null, el("span", { text: say(`legend_${p.scan}`) })),
        p.signal ? rewir.parts.figure(say("episodes", { n: p.n_episodes }), isNumber(p.expected_n) ? say("where_expected", { expected: p.expected_n }) : null) : null,
        el("p", { class: "change", text: `${chanceOf(p, words)} ${say(p.signal ? "beyond_chance" : "within_chance")}` }),
        rewir.parts.facts([
          [say("rate_inside"), p.signal && isNumber(p.rr) ? say("times_outside", { ratio: times(p.rr) }) : null],
          [say("months_of_search"), isNumber(p.months) ? number(p.months) : null],
          [say("recurs"), isNumber(p.recurrence_days) ? recursOf(p, words) : null],
        ]),
        ...rewir.parts.notes(p.note, (code) => config.views.clusters.notes[code] ?? code),
        p.signal ? el("h3", { text: say("beats_of_cluster") }) : null,
        p.signal ? el("p", { text: beatsOf(p) }) : null,
        rewir.parts.aside(say("not_an_address")),
        rewir.parts.feedLink(href("clusters", one.id), words),
      );
    },

    summary(data, words, heading, { config, choices }) {
      const n = data.filter(({ properties: p }) => p.signal).length;
      const told = words.say("told_clusters", { n, group: heading.group, period: config.views.clusters.period });
      return isOld(choices, config) ? `${told} ${words.say("searched_in", config.views.clusters)}` : told;
    },
  };

  function compare(a, b) {
    const i = a.findIndex((value, k) => value !== b[k]);
    return i < 0 ? 0 : a[i] - b[i];
  }

  function beatsOf({ beat_ids: ids }) {
    return String(ids ?? "").split(",").join(", ");
  }

  /* A p-value of a search is a rank among its maps of chance. */
  function mapsOf({ p_value: p, simulations }, words) {
    return words.say("maps_in", { n: Math.round(p * (simulations + 1)), all: simulations + 1 });
  }

  function chanceOf(p, words) {
    return isNumber(p.p_value) ? words.say("maps_of_chance", { maps: mapsOf(p, words) }) : words.say("no_search");
  }

  /* Days of a year or more as years. */
  function recursOf({ recurrence_days: days }, words) {
    return days < 2 * YEAR ? words.say("once_in_days", { n: Math.round(days) }) : words.say("once_in_years", { n: Math.round(days / YEAR) });
  }

  /* The release has no searches of earlier periods. */
  function isOld({ period }, { views: { clusters } }) {
    return period !== clusters.period;
  }
})(window.rewir);
