/* Hot spots: what stands out beyond chance, over twelve months. */
(function (rewir) {
  "use strict";

  const { byId, fill, isNumber } = rewir;
  // The class of cells that are only a hint; those above it are part of a hot spot.
  const WATCHED = 90;

  rewir.views.hotspots = {
    layer: "hotspots",
    mark: "hotspot",
    needs: { level: true, statistic: false, status: false, months: false },
    beside: () => ["areas"],
    key: ({ period, category_group: group }) => [period, group].join(),

    async load(source, { period, category_group: group }, signal) {
      const chosen = { period, category_group: group };
      const [spots, watched] = await Promise.all([
        source.features("hotspot-areas", chosen, signal),
        source.features("hotspot-cells", { ...chosen, hot_class: WATCHED }, signal),
      ]);
      return { spots, watched };
    },

    rows: ({ spots }) => spots,
    id: (spot) => spot.id,

    draw({ hotspots }, data, { describe }) {
      if (hotspots.data !== data) {
        hotspots.setWatched(data.watched);
        hotspots.setSpots(data.spots, describe);
      }
      hotspots.data = data;
    },

    clear({ hotspots }) {
      hotspots.data = null;
      hotspots.setWatched([]);
      hotspots.setSpots([], () => "");
    },

    describe({ properties: p }, words) {
      const value = isNumber(p.n_episodes) ? words.say("episodes", { n: p.n_episodes }) : words.say("hidden");
      return words.say("described_hotspot", { name: p.name ?? words.say("unnamed"), class: words.say(`short_${p.hot_class}`), value });
    },

    /* Its hatchings stand in the page from the start; what was not tested is added to them. */
    legend(_, { words, config, data, choices }) {
      const why = untested(data, words, config, choices);
      fill(byId("untested"), why);
      byId("untested").hidden = why === null;
    },

    /* A map is checked on other grids as a whole or not at all. */
    caption({ spots }, words, heading, { config, choices }) {
      const why = untested({ spots }, words, config, choices);
      if (why !== null) return words.say("caption_untested", { ...heading, why });
      if (spots.length === 0) return words.say("caption_no_hotspots", heading);
      const caption = words.say("caption_hotspots", { ...heading, until: words.date(heading.until) });
      const unchecked = spots.some(({ properties }) => !isNumber(properties.stability));
      return unchecked ? words.say("caption_unchecked", { caption }) : caption;
    },

    columns(words) {
      const of = (key) => ({ properties }) => properties[key] ?? null;
      const shown = (key, digits) => ({ properties: p }) => (isNumber(p[key]) ? words.number(p[key], digits) : "–");
      const name = ({ properties: p }) => p.name ?? words.say("unnamed");
      return [
        { key: "name", title: words.say("column_hotspot"), numeric: false, value: name, text: name },
        { key: "hot_class", title: words.say("column_class"), tip: words.say("tip_class"), numeric: true, value: of("hot_class"), text: ({ properties: p }) => words.say(`short_${p.hot_class}`) },
        { key: "n_episodes", title: words.say("column_episodes"), numeric: true, value: of("n_episodes"),
          text: ({ properties: p }) => (isNumber(p.n_episodes) ? words.number(p.n_episodes) : words.say("hidden")) },
        { key: "rr_shrunk", title: words.say("column_ratio"), tip: words.say("tip_ratio"), numeric: true, value: of("rr_shrunk"), text: shown("rr_shrunk", 1) },
        { key: "rr_lo90", title: words.say("column_interval_90"), tip: words.say("tip_interval"), numeric: true, value: of("rr_lo90"),
          text: ({ properties: p }) => (isNumber(p.rr_lo90) ? words.between(p.rr_lo90, p.rr_hi90) : "–") },
      ];
    },

    panel(box, { one, words, href, config }) {
      rewir.drawHotspot(box, { feature: one, words, href, config });
    },

    summary({ spots }, words, heading, { config, choices }) {
      return words.say("told_hotspots", { n: untested({ spots }, words, config, choices) ?? spots.length });
    },
  };

  /* Why hot spots were not looked for in this period and group; null where they were. */
  rewir.untested = untested;
  function untested({ spots }, words, config, { period, category_group: group }) {
    const { needed, untested: all } = config.hotspots;
    const found = all[`${period}.${group}`];
    if (!found || spots.length > 0) return null;
    if (!found.few) return words.say("untested_months");
    return isNumber(found.mean) ? words.say("untested_few", { mean: found.mean, needed: words.limit(needed) })
      : words.say("untested_sparse");
  }
})(window.rewir);
