/* Names on the map, drawn on one canvas: hot spots first, then areas, then streets; a name that
   would touch an earlier one is left out. The table and the panel hold the same names for
   readers of the screen. */
(function (rewir) {
  "use strict";

  const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
  const STYLE = {
    hotspot: { font: `600 12px ${FONT}`, colour: "var(--hot-ink)" },
    area: { font: `500 11.5px ${FONT}`, colour: "var(--name)" },
    street: { font: `400 10.5px ${FONT}`, colour: "var(--street)" },
    neighbour: { font: `italic 400 12px ${FONT}`, colour: "var(--neighbour-name)" },
  };
  const HALO = "color-mix(in srgb, var(--halo) 88%, transparent)";
  const STREET_FROM_ZOOM = { 1: 13.5, 2: 14.75, 3: 15.75 };
  // How far a street may bend, and how near it may be named again, in pixels.
  const BEND = 4;
  const AGAIN = 320;
  const HEIGHT = 15;
  // No name is narrower, in pixels.
  const LEAST_WIDTH = 10;

  rewir.LabelLayer = L.Layer.extend({
    initialize: function () {
      this._labels = { hotspot: [], area: [], street: [], neighbour: [] };
    },

    onAdd: function (map) {
      const pane = map.getPane("names") ?? map.createPane("names");
      pane.style.zIndex = 460;
      pane.style.pointerEvents = "none";
      // Names would stretch while the map zooms, so they wait until it has.
      this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide", pane);
      this._canvas.setAttribute("aria-hidden", "true");
      map.on("moveend zoomend resize", this._later, this);
      this._paint();
      rewir.onTheme(() => { this._paint(); this._later(); });
    },

    onRemove: function (map) {
      map.off("moveend zoomend resize", this._later, this);
      cancelAnimationFrame(this._asked);
      this._canvas.remove();
    },

    setStreets: function (streets) {
      const inOrder = streets.filter((s) => s.name).sort((a, b) => a.class - b.class || b.length_m - a.length_m);
      this._labels.street = inOrder.map((s) => {
        const line = s.coordinates.map(([lon, lat]) => L.latLng(lat, lon));
        return { text: s.name, rank: s.class, line, box: L.latLngBounds(line) };
      });
      this._later();
    },

    /* names: [{text, at: LatLng, box: LatLngBounds}]; an area's name shows once its box holds it. */
    setNames: function (kind, names) {
      this._labels[kind] = names;
      this._later();
    },

    /* Ask for one drawing in the next frame, however much happens before it. */
    _later: function () {
      this._asked ??= requestAnimationFrame(() => { this._asked = null; if (this._map) this._draw(); });
    },

    /* Colours as they are now; canvas knows no variables. */
    _paint: function () {
      const colours = Object.entries(STYLE).map(([kind, { font, colour }]) => [kind, { font, colour: rewir.paint(colour) }]);
      this._style = { ...Object.fromEntries(colours), halo: rewir.paint(HALO) };
    },

    _draw: function () {
      const map = this._map;
      const size = map.getSize();
      const ratio = window.devicePixelRatio || 1;
      Object.assign(this._canvas, { width: size.x * ratio, height: size.y * ratio });
      Object.assign(this._canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
      L.DomUtil.setPosition(this._canvas, map.containerPointToLayerPoint([0, 0]));
      const pen = this._canvas.getContext("2d");
      pen.scale(ratio, ratio);
      const taken = [];
      const zoom = map.getZoom();
      const view = map.getBounds();
      this._labels.hotspot.filter(({ box }) => view.intersects(box)).forEach((l) => this._placeBelow(pen, taken, l));
      this._labels.area.filter((l) => view.intersects(l.box) && this._fits(pen, l)).forEach((l) => this._place(pen, taken, "area", l));
      this._labels.neighbour.forEach((l) => this._place(pen, taken, "neighbour", l));
      this._labels.street.filter((l) => zoom >= STREET_FROM_ZOOM[l.rank] && view.intersects(l.box))
        .forEach((l) => this._placeAlong(pen, taken, l));
    },

    /* Whether an area is wide enough on the screen for its own name. */
    _fits: function (pen, { text, box }) {
      const [a, b] = [box.getNorthWest(), box.getSouthEast()].map((p) => this._map.latLngToContainerPoint(p));
      if (b.y - a.y <= 16 || b.x - a.x <= LEAST_WIDTH) return false;
      pen.font = STYLE.area.font;
      return b.x - a.x > pen.measureText(text).width + 6;
    },

    _place: function (pen, taken, kind, { text, at }) {
      this._write(pen, taken, kind, text, this._map.latLngToContainerPoint(at), 0);
    },

    /* A hot spot's name stands under it, so that its hatching stays to be seen. */
    _placeBelow: function (pen, taken, { text, at, box }) {
      const below = this._map.latLngToContainerPoint(L.latLng(box.getSouth(), at.lng));
      this._write(pen, taken, "hotspot", text, below.add([0, 9]), 0);
    },

    /* A street's name on the middle of its longest visible stretch, turned to be read. */
    _placeAlong: function (pen, taken, { text, line }) {
      pen.font = STYLE.street.font;
      const points = line.map((p) => this._map.latLngToContainerPoint(p));
      const best = longestStretch(points, L.bounds([0, 0], this._map.getSize()));
      if (best === null || best.length < pen.measureText(text).width * 0.95) return;
      const middle = best.from.add(best.to).divideBy(2);
      if (taken.some((other) => other.text === text && other.box.getCenter().distanceTo(middle) < AGAIN)) return;
      const angle = Math.atan((best.to.y - best.from.y) / (best.to.x - best.from.x || 1e-9));
      this._write(pen, taken, "street", text, middle, angle);
    },

    _write: function (pen, taken, kind, text, at, angle) {
      write(pen, taken, { ...this._style[kind], halo: this._style.halo }, text, at, angle);
    },
  });

  /* The longest part of a line that is nearly straight, as far as it is in view. */
  function longestStretch(points, view) {
    let best = null;
    for (let first = 0, last = 1; last < points.length; first += 1) {
      last = Math.max(last, first + 1);
      while (last + 1 < points.length && isStraight(points, first, last + 1)) last += 1;
      const seen = last < points.length && L.LineUtil.clipSegment(points[first], points[last], view);
      const length = seen ? seen[0].distanceTo(seen[1]) : 0;
      if (length > (best?.length ?? 0)) best = { from: seen[0], to: seen[1], length };
      if (last === points.length - 1) break;
    }
    return best;
  }

  function isStraight(points, first, last) {
    const [from, to] = [points[first], points[last]];
    const goesOn = points[last].distanceTo(from) >= points[last - 1].distanceTo(from);
    return goesOn && points.slice(first + 1, last).every((p) => L.LineUtil.pointToSegmentDistance(p, from, to) <= BEND);
  }

  /* The ground that a name takes: boxes along it, so that a slanting one takes no more than it must. */
  function boxesOf(at, angle, width) {
    const n = Math.abs(Math.sin(angle)) < 0.05 ? 1 : Math.ceil(width / HEIGHT);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const reach = L.point(
      Math.abs(cos) * (width / n) + Math.abs(sin) * HEIGHT,
      Math.abs(sin) * (width / n) + Math.abs(cos) * HEIGHT,
    ).divideBy(2);
    return Array.from({ length: n }, (_, i) => {
      const middle = at.add(L.point(cos, sin).multiplyBy((((i + 0.5) / n) - 0.5) * width));
      return L.bounds(middle.subtract(reach), middle.add(reach));
    });
  }

  /* Write a name with an edge of the ground's colour, unless its boxes meet one that is taken. */
  function write(pen, taken, { font, colour, halo }, text, at, angle) {
    pen.font = font;
    const boxes = boxesOf(at, angle, pen.measureText(text).width + 6);
    if (taken.some(({ box }) => boxes.some((own) => box.intersects(own)))) return;
    taken.push(...boxes.map((box) => ({ box, text })));
    pen.save();
    pen.translate(at.x, at.y);
    pen.rotate(angle);
    Object.assign(pen, {
      textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 3.5,
      strokeStyle: halo, fillStyle: colour,
    });
    pen.strokeText(text, 0, 0);
    pen.fillText(text, 0, 0);
    pen.restore();
  }
})(window.rewir);
