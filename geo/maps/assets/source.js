/* Where the page's data come from: the GeoJSON feed, or tables inside a self-contained file. */
(function (rewir) {
  "use strict";

  const PAGE = 10000;
  // The class of cells that are only a hint; those above it are part of a hot spot.
  const WATCHED = 90;

  rewir.makeSource = function (config, embedded) {
    return embedded ? fromFile(config, embedded) : fromFeed(config);
  };

  function fromFeed({ base_url: base, levels, forecast }) {
    const collectionOf = Object.fromEntries(levels.map((level) => [level.id, level.collection]));
    const shapes = remembered((level) => features(collectionOf[level], {}));
    return {
      paths: { areas: `${base}/maps/areas`, hotspots: `${base}/maps/hotspots` },
      basemap: remembered(() => get(`${base}/maps/basemap.json`)),
      shapes,
      rows: async ({ level, period, group }, signal) => {
        const filter = { level, period, category_group: group, skipGeometry: true };
        return (await features("area-periods", filter, signal)).map((f) => ({ fid: f.id, ...f.properties }));
      },
      forecasts: async ({ level, period, group }, signal) => {
        if (level !== forecast?.level || period !== forecast.period) return [];
        const rows = await features("forecasts", { category_group: group, skipGeometry: true }, signal);
        return rows.map((f) => f.properties);
      },
      hotspots: ({ period, group }, signal) => features("hotspot-areas", { period, category_group: group }, signal),
      watched: ({ period, group }, signal) =>
        features("hotspot-cells", { period, category_group: group, hot_class: WATCHED }, signal),
      href: (collection, fid) => `${base}/collections/${collection}/items/${encodeURIComponent(fid)}`,
    };

    /* Every feature that a filter leaves, page after page. */
    async function features(collection, filter, signal) {
      const found = [];
      for (;;) {
        const query = new URLSearchParams({ ...filter, limit: PAGE, offset: found.length });
        if (found.length === 0) query.delete("offset");
        const page = await get(`${base}/collections/${collection}/items?${query}`, signal);
        found.push(...page.features);
        if (page.features.length === 0 || found.length >= page.numberMatched) return found;
      }
    }
  }

  async function get(url, signal) {
    const answer = await fetch(url, { signal, headers: { Accept: "application/geo+json, application/json" } });
    if (!answer.ok) throw new Error(`${answer.status} ${url}`);
    return answer.json();
  }

  function fromFile({ forecast }, { basemap, shapes, rows, forecasts, hotspots, watched }) {
    const { columns, tables } = rows;
    const of = (features) => async ({ period, group }) =>
      features.filter((f) => f.properties.period === period && f.properties.category_group === group);
    const unfold = (values) => Object.fromEntries(columns.map((name, i) => [name, values[i]]));
    return {
      basemap: async () => basemap,
      shapes: async (level) => shapes[level],
      rows: async ({ level, period, group }) => (tables[`${level}.${period}.${group}`] ?? []).map(unfold),
      forecasts: async ({ level, period, group }) =>
        (level === forecast?.level && period === forecast.period ? forecasts.filter((f) => f.category_group === group) : []),
      hotspots: of(hotspots),
      watched: of(watched),
      href: () => null,
    };
  }

  /* Ask once for each argument; a failed answer is not kept. */
  function remembered(ask) {
    const answers = new Map();
    return (key) => {
      if (!answers.has(key)) {
        const answer = ask(key);
        answers.set(key, answer);
        answer.catch(() => answers.delete(key));
      }
      return answers.get(key);
    };
  }
})(window.rewir);
