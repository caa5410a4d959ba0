/* Cells of a grid as numbers: corners, middles, and the buckets through which they are found. */
(function (rewir) {
  "use strict";

  // Corners are points of the world map at zoom 0, where it is 256 wide, from an origin among them.
  const WORLD = 0;

  /* Corners, middles, classes and ids of cells from north to south, and the buckets they lie in. */
  rewir.makeCells = function (features, { idOf, classOf }) {
    const [[[lon, lat]]] = features[0].geometry.coordinates;
    const origin = project(lon, lat);
    const placed = features.map((feature) => placeOf(feature, origin)).sort((a, b) => a.middle.y - b.middle.y || a.middle.x - b.middle.x);
    const corners = new Float64Array(8 * placed.length);
    placed.forEach((cell, at) => corners.set(cell.corners, 8 * at));
    const ids = placed.map(({ feature }) => idOf(feature));
    const middles = placed.map(({ middle }) => middle);
    return {
      origin, corners, middles, ids, features: placed.map(({ feature }) => feature),
      places: new Map(ids.map((id, at) => [id, at])),
      classes: Int16Array.from(placed, ({ feature }) => classOf(feature)),
      ...buckets(corners, middles),
    };
  };

  /* The point of the world map, as Leaflet has it at zoom 0. */
  function project(lon, lat) {
    return L.CRS.EPSG3857.latLngToPoint(L.latLng(lat, lon), WORLD);
  }

  function placeOf(feature, origin) {
    const corners = [];
    for (const [lon, lat] of feature.geometry.coordinates[0].slice(0, 4)) {
      const { x, y } = project(lon, lat);
      corners.push(x - origin.x, y - origin.y);
    }
    const [a, b, c, d, e, f, g, h] = corners;
    return { feature, corners, middle: { x: (a + c + e + g) / 4, y: (b + d + f + h) / 4 } };
  }

  /* The cell whose middle is nearest in a direction, within 45 degrees; -1 where there is none. */
  rewir.cellBeside = function ({ middles }, here, [dx, dy]) {
    const from = middles[here];
    let best = { far: Infinity, at: -1 };
    middles.forEach(({ x, y }, at) => {
      const along = (x - from.x) * dx + (y - from.y) * dy;
      const aside = Math.abs((x - from.x) * dy) + Math.abs((y - from.y) * dx);
      if (along > 0 && aside <= along && along + 2 * aside < best.far) best = { far: along + 2 * aside, at };
    });
    return best.at;
  };

  /* Squares as wide as the widest cell, each with the cells whose middle lies in it: a cell
     reaches at most into the next one. */
  function buckets(corners, middles) {
    const size = widest(corners);
    const box = L.bounds(middles.map(({ x, y }) => L.point(x, y)));
    const wide = Math.floor((box.max.x - box.min.x) / size) + 1;
    const held = new Map();
    middles.forEach(({ x, y }, at) => {
      const key = Math.floor((y - box.min.y) / size) * wide + Math.floor((x - box.min.x) / size);
      if (!held.has(key)) held.set(key, []);
      held.get(key).push(at);
    });
    return { size, box, wide, held };
  }

  function widest(corners) {
    let size = 0;
    for (let i = 0; i < corners.length; i += 8) {
      const xs = [corners[i], corners[i + 2], corners[i + 4], corners[i + 6]];
      const ys = [corners[i + 1], corners[i + 3], corners[i + 5], corners[i + 7]];
      size = Math.max(size, Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    }
    return size;
  }

  /* Cells that may reach into a box, by two corners from the origin. */
  rewir.cellsNear = function ({ size, box, wide, held }, low, high) {
    const [west, north] = [low.x - box.min.x, low.y - box.min.y].map((d) => Math.max(0, Math.floor(d / size) - 1));
    const east = Math.min(wide - 1, Math.floor((high.x - box.min.x) / size) + 1);
    const south = Math.min(Math.floor((box.max.y - box.min.y) / size), Math.floor((high.y - box.min.y) / size) + 1);
    const found = [];
    for (let row = north; row <= south; row += 1) {
      for (let column = west; column <= east; column += 1) {
        const cells = held.get(row * wide + column);
        if (cells) found.push(...cells);
      }
    }
    return found;
  };

  /* The cell that holds a point from the origin; -1 where there is none. */
  rewir.cellAt = function (cells, point) {
    return rewir.cellsNear(cells, point, point).find((at) => holds(cells.corners, at, point)) ?? -1;
  };

  /* Whether a point lies on the same side of all four edges. */
  function holds(corners, at, { x, y }) {
    let sides = 0;
    for (let k = 0; k < 8; k += 2) {
      const [a, b] = [8 * at + k, 8 * at + ((k + 2) % 8)];
      const cross = (corners[b] - corners[a]) * (y - corners[a + 1]) - (corners[b + 1] - corners[a + 1]) * (x - corners[a]);
      sides += cross >= 0 ? 1 : -1;
    }
    return Math.abs(sides) === 4;
  }
})(window.rewir);
