/* Cells of a grid on one canvas: one drawing a frame, of what is in view. The pointer finds a cell
   through a coarse grid of buckets; the keyboard has one cursor that goes from cell to cell. */
(function (rewir) {
  "use strict";

  // Corners are kept as points of the world map at zoom 0, where it is 256 wide, from an origin
  // among them: a canvas counts in single precision, which is too little for the whole world.
  const WORLD = 0;
  // Pixels: cells this wide have an edge; the cursor is so much larger than its cell.
  const EDGE_FROM = 7;
  const CURSOR = 3;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  /* Fires `choose` {id} and `speak` {text}. */
  rewir.CellLayer = L.Layer.extend({
    initialize: function () {
      this._cells = null;
      this._chosen = null;
      this._here = -1;
      this._asked = null;
      this._painted = new Map();
      this.drawn = 0;
    },

    onAdd: function (map) {
      const pane = map.getPane("cells") ?? map.createPane("cells");
      pane.style.zIndex = 405;
      this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated cells", pane);
      this._canvas.setAttribute("aria-hidden", "true");
      this._canvas.hidden = true;
      this._cursor = L.DomUtil.create("div", "cell-cursor leaflet-zoom-hide", map.createPane("cell-cursor"));
      map.getPane("cell-cursor").style.zIndex = 445;
      this._cursor.setAttribute("role", "button");
      this._cursor.hidden = true;
      this._cursor.addEventListener("keydown", (event) => this._key(event));
      this._tip = L.tooltip({ className: "tip", sticky: true });
      map.on(this._events(), this);
      rewir.onTheme(() => {
        this._painted.clear();
        this._later();
      });
    },

    onRemove: function (map) {
      map.off(this._events(), this);
      cancelAnimationFrame(this._asked);
      this._canvas.remove();
      this._cursor.remove();
    },

    /* features of one grid; `classOf(feature)` is the place of its colour in `colours`, -1 where
       its number is hidden. The keyboard visits them from north to south. */
    setData: function (features, describe, { idOf, classOf, colours } = {}) {
      this._cells = features.length > 0 ? makeCells(features, { idOf, classOf }, this._map) : null;
      this._colours = colours;
      this._describe = describe;
      this._here = this._cells ? 0 : -1;
      this._cursor.hidden = this._canvas.hidden = this._cells === null;
      this._canvas.classList.remove("pointed");
      this._tip.remove();
      this._label();
      this._later();
    },

    choose: function (id) {
      this._chosen = id;
      const at = this._cells?.places.get(id);
      if (at !== undefined) this._here = at;
      this._label();
      this._later();
    },

    show: function (id) {
      const at = this._cells?.places.get(id);
      if (at === undefined) return;
      const zoom = Math.max(this._map.getZoom(), 14);
      this._map.setView(this._middle(at), zoom);
    },

    names: () => [],

    /* What the cells together are called, and the id of what tells their keys. */
    setName: function (label, keys) {
      const box = { role: "toolbar", "aria-label": label, "aria-describedby": keys };
      for (const [name, value] of Object.entries(box)) this._cursor.parentNode.setAttribute(name, value);
    },

    _events: function () {
      return {
        "move zoom viewreset resize": this._later, moveend: this._later, zoomanim: this._stretch,
        mousemove: this._point, mouseout: this._leave, click: this._click,
      };
    },

    /* Ask for one drawing in the next frame, however much happens before it. */
    _later: function () {
      this._asked ??= requestAnimationFrame(() => { this._asked = null; if (this._map) this._draw(); });
    },

    _draw: function () {
      const { _map: map, _canvas: canvas } = this;
      const size = map.getSize();
      const ratio = window.devicePixelRatio || 1;
      if (canvas.width !== Math.round(size.x * ratio) || canvas.height !== Math.round(size.y * ratio)) {
        Object.assign(canvas, { width: Math.round(size.x * ratio), height: Math.round(size.y * ratio) });
        Object.assign(canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
      }
      this._corner = map.containerPointToLatLng([0, 0]);
      this._zoom = map.getZoom();
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      const pen = canvas.getContext("2d");
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      this.drawn = 0;
      if (this._cells === null) return;
      const scale = map.getZoomScale(this._zoom, WORLD);
      // The corner of the view, in pixels from the origin of the cells.
      const start = map.project(this._corner, this._zoom).subtract(this._cells.origin.multiplyBy(scale));
      pen.setTransform(ratio * scale, 0, 0, ratio * scale, -ratio * start.x, -ratio * start.y);
      this._fill(pen, inView(this._cells, start, size, scale), scale, ratio);
      this._place(scale, start);
    },

    /* All cells of a class are one path. */
    _fill: function (pen, seen, scale, ratio) {
      const paths = new Map();
      for (const at of seen) {
        const key = this._cells.classes[at];
        if (!paths.has(key)) paths.set(key, new Path2D());
        trace(paths.get(key), this._cells.corners, at);
      }
      this.drawn = seen.length;
      const edge = this._cells.size * scale >= EDGE_FROM;
      for (const [key, path] of paths) {
        pen.fillStyle = key < 0 ? this._hidden(pen, 1 / (scale * ratio), ratio) : this._paint(this._colours[key]);
        pen.fill(path);
        if (!edge) continue;
        pen.lineWidth = 0.6 / scale;
        pen.strokeStyle = this._paint("var(--area-line)");
        pen.stroke(path);
      }
      const chosen = this._cells.places.get(this._chosen);
      if (chosen !== undefined) this._ring(pen, chosen, scale);
    },

    /* A dark line on a pale one, seen on every fill. */
    _ring: function (pen, at, scale) {
      const path = trace(new Path2D(), this._cells.corners, at);
      for (const [colour, width] of [["var(--casing)", 6], ["var(--mark)", 3]]) {
        pen.lineWidth = width / scale;
        pen.strokeStyle = this._paint(colour);
        pen.stroke(path);
      }
    },

    /* A colour of the style sheet, asked for once by day and once by night. */
    _paint: function (colour) {
      if (!this._painted.has(colour)) this._painted.set(colour, rewir.paint(colour));
      return this._painted.get(colour);
    },

    /* What is hidden has dots, as in the legend, that stay as large at every zoom. */
    _hidden: function (pen, unit, ratio) {
      const side = Math.round(6 * ratio);
      const tile = document.createElement("canvas");
      Object.assign(tile, { width: side, height: side });
      const ink = tile.getContext("2d");
      ink.fillStyle = this._paint("var(--none)");
      ink.fillRect(0, 0, side, side);
      ink.fillStyle = this._paint("var(--none-line)");
      for (const share of [0.25, 0.75]) {
        ink.beginPath();
        ink.arc(side * share, side * share, 1.1 * ratio, 0, 2 * Math.PI);
        ink.fill();
      }
      const pattern = pen.createPattern(tile, "repeat");
      pattern.setTransform(new DOMMatrix().scale(unit));
      return pattern;
    },

    /* While the map zooms, the last drawing is stretched along. */
    _stretch: function ({ center, zoom }) {
      const position = this._map._latLngToNewLayerPoint(this._corner, zoom, center);
      L.DomUtil.setTransform(this._canvas, position, this._map.getZoomScale(zoom, this._zoom));
    },

    /* The cursor lies over its cell, large enough to be seen from afar. */
    _place: function (scale, start) {
      const { corners } = this._cells;
      const xs = [0, 2, 4, 6].map((k) => corners[8 * this._here + k] * scale - start.x);
      const ys = [1, 3, 5, 7].map((k) => corners[8 * this._here + k] * scale - start.y);
      const [west, north] = [Math.min(...xs) - CURSOR, Math.min(...ys) - CURSOR];
      L.DomUtil.setPosition(this._cursor, this._map.containerPointToLayerPoint([west, north]));
      Object.assign(this._cursor.style, {
        width: `${Math.max(...xs) - west + CURSOR}px`, height: `${Math.max(...ys) - north + CURSOR}px`,
      });
    },

    _middle: function (at) {
      const { corners, origin } = this._cells;
      return this._map.unproject(middleOf(corners, at).add(origin), WORLD);
    },

    _key: function (event) {
      const { key } = event;
      const last = this._cells.features.length - 1;
      const steps = { Home: 0, End: last, PageUp: Math.max(0, this._here - 1), PageDown: Math.min(last, this._here + 1) };
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (key === "Enter" || key === " ") this.fire("choose", { id: this._cells.ids[this._here] });
      else if (key === "Escape") this._map.getContainer().focus({ preventScroll: true });
      else if (key === "+" || key === "=") this._map.zoomIn();
      else if (key === "-") this._map.zoomOut();
      else if (key in ARROWS) this._go(beside(this._cells.corners, this._here, ARROWS[key]));
      else if (key in steps) this._go(steps[key]);
      else return;
      // The map, or the page, would move under the cursor.
      event.preventDefault();
      event.stopPropagation();
    },

    /* To another cell; where a direction has none, the cursor stays. */
    _go: function (at) {
      if (at < 0) return;
      this._here = at;
      this._label();
      this._map.panInside(this._middle(at), { padding: [60, 60], animate: false });
      this._later();
      this.fire("speak", { text: this._cursor.getAttribute("aria-label") });
    },

    _label: function () {
      if (this._cells === null) return;
      this._cursor.setAttribute("tabindex", "0");
      this._cursor.setAttribute("aria-label", this._describe(this._cells.features[this._here]));
      this._cursor.setAttribute("aria-pressed", String(this._cells.ids[this._here] === this._chosen));
      this._cursor.dataset.cell = this._cells.ids[this._here];
    },

    _at: function (latlng) {
      return this._cells === null ? -1 : hit(this._cells, this._map.project(latlng, WORLD).subtract(this._cells.origin));
    },

    _point: function ({ latlng }) {
      const at = this._at(latlng);
      this._canvas.classList.toggle("pointed", at >= 0);
      if (at < 0) this._tip.remove();
      else this._tip.setLatLng(latlng).setContent(rewir.el("span", { text: this._describe(this._cells.features[at]) })).addTo(this._map);
    },

    _leave: function () {
      this._tip.remove();
    },

    _click: function ({ latlng }) {
      const at = this._at(latlng);
      if (at >= 0) this.fire("choose", { id: this._cells.ids[at] });
    },
  });

  /* Corners, classes and ids of cells, and the buckets in which they lie. */
  function makeCells(features, { idOf, classOf }, map) {
    const [[[lon, lat]]] = features[0].geometry.coordinates;
    const origin = map.project([lat, lon], WORLD);
    const placed = features.map((feature) => ({ feature, corners: cornersOf(feature, map, origin) }))
      .sort((a, b) => middleOf(a.corners, 0).y - middleOf(b.corners, 0).y || a.corners[0] - b.corners[0]);
    const corners = new Float64Array(8 * placed.length);
    placed.forEach((cell, at) => corners.set(cell.corners, 8 * at));
    const ids = placed.map(({ feature }) => idOf(feature));
    return {
      origin, features: placed.map(({ feature }) => feature), ids, corners,
      places: new Map(ids.map((id, at) => [id, at])),
      classes: Int16Array.from(placed, ({ feature }) => classOf(feature)),
      ...buckets(corners),
    };
  }

  function cornersOf({ geometry }, map, origin) {
    return geometry.coordinates[0].slice(0, 4).flatMap(([lon, lat]) => {
      const { x, y } = map.project([lat, lon], WORLD).subtract(origin);
      return [x, y];
    });
  }

  function middleOf(corners, at) {
    const i = 8 * at;
    return L.point(
      (corners[i] + corners[i + 2] + corners[i + 4] + corners[i + 6]) / 4,
      (corners[i + 1] + corners[i + 3] + corners[i + 5] + corners[i + 7]) / 4,
    );
  }

  /* The cell whose middle is nearest in a direction, within 45 degrees; -1 where there is none. */
  function beside(corners, here, [dx, dy]) {
    const from = middleOf(corners, here);
    let best = { far: Infinity, at: -1 };
    for (let at = 0; at < corners.length / 8; at += 1) {
      const { x, y } = middleOf(corners, at).subtract(from);
      const [along, aside] = [x * dx + y * dy, Math.abs(x * dy) + Math.abs(y * dx)];
      if (along > 0 && aside <= along && along + 2 * aside < best.far) best = { far: along + 2 * aside, at };
    }
    return best.at;
  }

  function trace(path, corners, at) {
    const i = 8 * at;
    path.moveTo(corners[i], corners[i + 1]);
    path.lineTo(corners[i + 2], corners[i + 3]);
    path.lineTo(corners[i + 4], corners[i + 5]);
    path.lineTo(corners[i + 6], corners[i + 7]);
    path.closePath();
    return path;
  }

  /* Squares as wide as the widest cell, each with the cells whose middle lies in it: a cell
     reaches at most into the next one. */
  function buckets(corners) {
    const n = corners.length / 8;
    const middles = Array.from({ length: n }, (_, at) => middleOf(corners, at));
    const size = widest(corners);
    const box = L.bounds(middles);
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

  /* Cells that may reach into a box of the world map. */
  function near({ size, box, wide, held }, low, high) {
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
  }

  function inView(cells, start, size, scale) {
    return near(cells, start.divideBy(scale), start.add(size).divideBy(scale));
  }

  /* The cell that holds a point of the world map; -1 where there is none. */
  function hit(cells, point) {
    return near(cells, point, point).find((at) => holds(cells.corners, at, point)) ?? -1;
  }

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
