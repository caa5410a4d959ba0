/* Cells of a grid as numbers: corners, middles, and the buckets through which they are found. */
(function (rewir) {
  "use strict";

  // Corners are points of the world map at zoom 0, where it is so wide, from an origin among them.
  const WORLD = 256;

  /* Corners, middles, classes and ids of cells from north to south, and the buckets they lie in. */
  rewir.makeCells = function (features, { idOf, classOf }) {
    const [[[lon, lat]]] = features[0].geometry.coordinates;
    const origin = L.point(eastOf(lon), southOf(lat));
    const found = features.map((feature) => placeOf(feature, origin));
    found.sort((a, b) => a.middle.y - b.middle.y || a.middle.x - b.middle.x);
    const corners = new Float64Array(8 * found.length);
    found.forEach((cell, at) => corners.set(cell.corners, 8 * at));
    const ids = found.map(({ feature }) => idOf(feature));
    const middles = found.map(({ middle }) => middle);
    return {
      origin, corners, middles, ids, features: found.map(({ feature }) => feature),
      places: new Map(ids.map((id, at) => [id, at])),
      classes: Int16Array.from(found, ({ feature }) => classOf(feature)),
      ...buckets(corners, middles),
    };
  };

  /* The point of the world map, as Leaflet has it at zoom 0: counted here, for a point made of
     every corner of a large map would cost more than the drawing. */
  function eastOf(lon) {
    return WORLD * (lon / 360 + 0.5);
  }

  function southOf(lat) {
    return WORLD * (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI));
  }

  function placeOf(feature, origin) {
    const corners = new Float64Array(8);
    const [ring] = feature.geometry.coordinates;
    const middle = { x: 0, y: 0 };
    for (let k = 0; k < 4; k += 1) {
      const [x, y] = [eastOf(ring[k][0]) - origin.x, southOf(ring[k][1]) - origin.y];
      corners[2 * k] = x;
      corners[2 * k + 1] = y;
      middle.x += x / 4;
      middle.y += y / 4;
    }
    return { feature, corners, middle };
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
    const min = { x: Infinity, y: Infinity };
    const max = { x: -Infinity, y: -Infinity };
    for (const { x, y } of middles) {
      [min.x, min.y] = [Math.min(min.x, x), Math.min(min.y, y)];
      [max.x, max.y] = [Math.max(max.x, x), Math.max(max.y, y)];
    }
    const wide = Math.floor((max.x - min.x) / size) + 1;
    const held = new Map();
    middles.forEach(({ x, y }, at) => {
      const key = Math.floor((y - min.y) / size) * wide + Math.floor((x - min.x) / size);
      const there = held.get(key);
      if (there) there.push(at);
      else held.set(key, [at]);
    });
    return { size, box: { min, max }, wide, held };
  }

  function widest(corners) {
    let size = 0;
    for (let i = 0; i < corners.length; i += 8) {
      for (const k of [i, i + 1]) {
        const [a, b, c, d] = [corners[k], corners[k + 2], corners[k + 4], corners[k + 6]];
        size = Math.max(size, Math.max(a, b, c, d) - Math.min(a, b, c, d));
      }
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
