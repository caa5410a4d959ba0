/* Where the page's data come from: the GeoJSON feed, or columns inside a self-contained file. Both
   answer alike: `features(collection, filter, signal)` gives every feature that a filter of equal
   values leaves. All of a page is one release, whatever the server publishes meanwhile. */
(function (rewir) {
  "use strict";

  const PAGE = 10000;
  // Answers that a visit keeps; the browser's own cache holds older ones.
  const MOST_KEPT = 48;
  // Of a degree, in which a file counts its corners.
  const MILLIONTH = 1e6;

  rewir.makeSource = function (config, embedded) {
    return embedded ? fromFile(embedded) : fromFeed(config);
  };

  /* A release never changes, so its pages may be kept as long as the browser likes, and are asked
     for with their ETag when it does not. */
  function fromFeed({ base_url: base, release, layers }) {
    const feed = `${base}/releases/${encodeURIComponent(release)}/collections`;
    const features = kept(async (collection, query, signal) => {
      const found = [];
      for (let search = `?${query}`; search !== null;) {
        const page = await get(`${feed}/${collection}/items${search}`, signal);
        found.push(...page.features);
        search = next(page);
      }
      return found;
    });
    let basemap = null;
    return {
      paths: Object.fromEntries(layers.map((layer) => [layer, `${base}/maps/${layer}`])),
      features: (collection, filter = {}, signal = undefined) => features(collection, queryOf(filter), signal),
      basemap: () => {
        basemap ??= get(`${base}/maps/basemap.json`).catch((error) => { basemap = null; throw error; });
        return basemap;
      },
      href: (collection, fid) => `${base}/collections/${collection}/items/${encodeURIComponent(fid)}`,
    };
  }

  /* The query of a filter; the same filter is the same query, whoever wrote it. */
  function queryOf(filter) {
    const pairs = Object.entries({ ...filter, limit: PAGE }).map(([name, value]) => [name, String(value)]);
    return new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1))).toString();
  }

  /* Where the feed says that an answer goes on: only the query, for the rest of the address is
     how the server is called by others. */
  function next({ features, links }) {
    const link = features.length > 0 && links.find(({ rel }) => rel === "next");
    return link ? new URL(link.href, document.baseURI).search : null;
  }

  /* No network, or a server that says no, is nothing wrong with the page: such errors are `expected`. */
  async function get(url, signal) {
    const answer = await fetch(url, { signal, headers: { Accept: "application/geo+json, application/json" } })
      .catch((error) => { throw Object.assign(error, { expected: true }); });
    if (!answer.ok) throw Object.assign(new Error(`${answer.status} ${url}`), { expected: true });
    return answer.json();
  }

  /* Whole answers are kept, the last ones asked for longest; one that failed or was given up is
     not, so that nobody waits for what another has given up. */
  function kept(ask) {
    const answers = new Map();
    return async (collection, query, signal) => {
      const key = `${collection}?${query}`;
      const answer = answers.get(key) ?? await ask(collection, query, signal);
      signal?.throwIfAborted();
      answers.delete(key);
      answers.set(key, answer);
      if (answers.size > MOST_KEPT) answers.delete(answers.keys().next().value);
      return answer;
    };
  }

  function fromFile({ basemap, shapes, collections }) {
    const shapeOf = remembered((place) => unfold(shapes[place]));
    const columnsOf = remembered((name) => openColumns(collections[name]));
    return {
      features: async (collection, { skipGeometry = false, properties, ...filter } = {}, signal = undefined) => {
        signal?.throwIfAborted();
        if (!(collection in collections)) throw new Error(`no ${collection}`);
        const { count, columns, shape, idOf } = columnsOf(collection);
        const tests = Object.entries(filter).map(([name, value]) => [columns[name], String(value)]);
        const found = [];
        for (let row = 0; row < count; row += 1) {
          if (!tests.every(([valueOf, value]) => String(valueOf(row)) === value)) continue;
          const place = shape(row);
          found.push({
            type: "Feature",
            id: idOf(row),
            geometry: skipGeometry || place < 0 ? null : shapeOf(place),
            properties: Object.fromEntries(Object.entries(columns).map(([name, valueOf]) => [name, valueOf(row)])),
          });
        }
        return found;
      },
      basemap: async () => basemap,
      href: () => null,
    };
  }

  /* Functions from the number of a row to its values, its shape and its id. */
  function openColumns({ ids, columns: packed, shape }) {
    const columns = Object.fromEntries(Object.entries(packed).map(([name, column]) => [name, reader(column)]));
    const idOf = ids.key ? (row) => ids.key.map((name) => columns[name](row)).join(".") : (row) => ids.all[row];
    const places = opened(shape);
    return { count: places.length, columns, shape: (row) => places[row], idOf };
  }

  function reader(column) {
    const values = opened(column);
    return (row) => values[row];
  }

  /* The value of each row, from whichever of its three forms a column has. */
  function opened(column) {
    if (Array.isArray(column)) return column;
    const { of, at, runs } = column;
    if (at) return at.map((place) => of[place]);
    const values = [];
    for (let i = 0; i < runs.length; i += 2) {
      for (let n = 0; n < runs[i + 1]; n += 1) values.push(of[runs[i]]);
    }
    return values;
  }

  function unfold({ type, rings }) {
    return { type, coordinates: corners(rings) };
  }

  /* [x, y, step, step, …] to [[longitude, latitude], …], at whatever depth it lies. */
  function corners(part) {
    if (typeof part[0] !== "number") return part.map(corners);
    const line = [];
    let [x, y] = [0, 0];
    for (let i = 0; i < part.length; i += 2) {
      [x, y] = [x + part[i], y + part[i + 1]];
      line.push([x / MILLIONTH, y / MILLIONTH]);
    }
    return line;
  }

  function remembered(make) {
    const made = new Map();
    return (key) => {
      if (!made.has(key)) made.set(key, make(key));
      return made.get(key);
    };
  }
})(window.rewir);
