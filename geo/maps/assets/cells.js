/* Cells of a grid on one canvas: one drawing a frame at most, of what is in view and a little
   around it, so that the map moves without one. The keyboard has one cursor that goes from cell to
   cell. */
(function (rewir) {
  "use strict";

  const WORLD = 0;
  // Of the view's size, drawn beyond each of its sides.
  const AROUND = 0.25;
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
      this._cells = features.length > 0 ? rewir.makeCells(features, { idOf, classOf }) : null;
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
        move: this._moved, moveend: this._moved, viewreset: this._later, resize: this._later, zoomanim: this._stretch,
        mousemove: this._point, mouseout: this._leave, click: this._click,
      };
    },

    /* Ask for one drawing in the next frame, however much happens before it. */
    _later: function () {
      this._asked ??= requestAnimationFrame(() => { this._asked = null; if (this._map) this._draw(); });
    },

    /* What was drawn moves with the map; beyond it there is more to draw. */
    _moved: function () {
      const start = this._map.containerPointToLayerPoint([0, 0]);
      const view = L.bounds(start, start.add(this._map.getSize()));
      if (this._zoom !== this._map.getZoom() || !this._reach?.contains(view)) this._later();
    },

    _draw: function () {
      const { _map: map, _canvas: canvas, _cells: cells } = this;
      const ratio = window.devicePixelRatio || 1;
      const margin = map.getSize().multiplyBy(AROUND).round();
      const size = map.getSize().add(margin.multiplyBy(2));
      const corner = map.containerPointToLayerPoint([-margin.x, -margin.y]);
      this._reach = L.bounds(corner, corner.add(size));
      this._corner = map.layerPointToLatLng(corner);
      this._zoom = map.getZoom();
      Object.assign(canvas, { width: size.x * ratio, height: size.y * ratio });
      Object.assign(canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
      L.DomUtil.setPosition(canvas, corner);
      this.drawn = 0;
      if (cells === null) return;
      const scale = map.getZoomScale(this._zoom, WORLD);
      // The corner of the canvas, in pixels from the origin of the cells.
      const start = map.project(this._corner, this._zoom).subtract(cells.origin.multiplyBy(scale));
      const seen = rewir.cellsNear(cells, start.divideBy(scale), start.add(size).divideBy(scale));
      this._fill(canvas.getContext("2d"), seen, { by: scale * ratio, x: start.x * ratio, y: start.y * ratio, ratio });
      this.drawn = seen.length;
      this._place();
    },

    /* Class by class, cell by cell: one path of thousands would take a canvas seconds. `to` leads
       from corners to pixels of the canvas. */
    _fill: function (pen, seen, to) {
      const { corners, classes, size } = this._cells;
      const draw = size * to.by < EDGE_FROM * to.ratio ? fillSmall : fillLarge;
      const byClass = new Map();
      for (const at of seen) {
        if (!byClass.has(classes[at])) byClass.set(classes[at], []);
        byClass.get(classes[at]).push(at);
      }
      Object.assign(pen, { lineWidth: 0.6 * to.ratio, strokeStyle: this._paint("var(--area-line)") });
      for (const [key, cells] of byClass) {
        pen.fillStyle = key < 0 ? this._hidden(pen, to.ratio) : this._paint(this._colours[key]);
        for (const at of cells) draw(pen, corners, 8 * at, to);
      }
      const chosen = this._cells.places.get(this._chosen);
      if (chosen !== undefined) this._ring(pen, 8 * chosen, to);
    },

    /* A dark line on a pale one, seen on every fill. */
    _ring: function (pen, i, to) {
      trace(pen, this._cells.corners, i, to);
      for (const [colour, width] of [["var(--casing)", 6], ["var(--mark)", 3]]) {
        Object.assign(pen, { lineWidth: width * to.ratio, strokeStyle: this._paint(colour) });
        pen.stroke();
      }
    },

    /* A colour of the style sheet, asked for once by day and once by night. */
    _paint: function (colour) {
      if (!this._painted.has(colour)) this._painted.set(colour, rewir.paint(colour));
      return this._painted.get(colour);
    },

    /* What is hidden has dots, as in the legend. */
    _hidden: function (pen, ratio) {
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
      return pen.createPattern(tile, "repeat");
    },

    /* While the map zooms, the last drawing is stretched along. */
    _stretch: function ({ center, zoom }) {
      const position = this._map._latLngToNewLayerPoint(this._corner, zoom, center);
      L.DomUtil.setTransform(this._canvas, position, this._map.getZoomScale(zoom, this._zoom));
    },

    /* The cursor lies over its cell, a little larger, so that it is seen from afar. */
    _place: function () {
      const { corners, origin } = this._cells;
      const points = [0, 2, 4, 6].map((k) => {
        const corner = L.point(corners[8 * this._here + k], corners[8 * this._here + k + 1]);
        return this._map.latLngToLayerPoint(this._map.unproject(origin.add(corner), WORLD));
      });
      const box = L.bounds(points);
      const size = box.getSize().add([2 * CURSOR, 2 * CURSOR]);
      L.DomUtil.setPosition(this._cursor, box.min.subtract([CURSOR, CURSOR]));
      Object.assign(this._cursor.style, { width: `${size.x}px`, height: `${size.y}px` });
    },

    _middle: function (at) {
      const { middles, origin } = this._cells;
      return this._map.unproject(origin.add(L.point(middles[at])), WORLD);
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
      else if (key in ARROWS) this._go(rewir.cellBeside(this._cells, this._here, ARROWS[key]));
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
      this._place();
      this._map.panInside(this._middle(at), { padding: [60, 60], animate: false });
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
      return this._cells === null ? -1 : rewir.cellAt(this._cells, this._map.project(latlng, WORLD).subtract(this._cells.origin));
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

  /* A few pixels wide, a cell is a rectangle whatever its turn. */
  function fillSmall(pen, corners, i, { by, x, y }) {
    const [west, north] = [Math.round(corners[i] * by - x), Math.round(corners[i + 1] * by - y)];
    const [east, south] = [Math.round(corners[i + 4] * by - x), Math.round(corners[i + 5] * by - y)];
    pen.fillRect(west, north, east - west, south - north);
  }

  function fillLarge(pen, corners, i, to) {
    trace(pen, corners, i, to);
    pen.fill();
    pen.stroke();
  }

  function trace(pen, corners, i, { by, x, y }) {
    pen.beginPath();
    for (let k = i; k < i + 8; k += 2) pen.lineTo(corners[k] * by - x, corners[k + 1] * by - y);
    pen.closePath();
  }
})(window.rewir);
