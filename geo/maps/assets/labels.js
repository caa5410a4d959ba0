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
  const STREET_FROM_ZOOM = { 1: 13.5, 2: 15, 3: 16 };

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
      map.on("moveend zoomend resize", this._draw, this);
      this._paint();
      rewir.onTheme(() => { this._paint(); this._draw(); });
    },

    onRemove: function (map) {
      map.off("moveend zoomend resize", this._draw, this);
      this._canvas.remove();
    },

    setStreets: function (streets) {
      this._labels.street = streets.filter((s) => s.name).map((s) => {
        const line = s.coordinates.map(([lon, lat]) => L.latLng(lat, lon));
        return { text: s.name, rank: s.class, line, box: L.latLngBounds(line) };
      });
      this._draw();
    },

    /* names: [{text, at: LatLng, box: LatLngBounds}]; an area's name shows once its box holds it. */
    setNames: function (kind, names) {
      this._labels[kind] = names;
      this._draw();
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
      this._labels.hotspot.forEach((l) => this._placeBelow(pen, taken, l));
      this._labels.area.filter((l) => this._fits(pen, l)).forEach((l) => this._place(pen, taken, "area", l));
      this._labels.neighbour.forEach((l) => this._place(pen, taken, "neighbour", l));
      const view = map.getBounds();
      this._labels.street.filter((l) => zoom >= STREET_FROM_ZOOM[l.rank] && view.intersects(l.box))
        .forEach((l) => this._placeAlong(pen, taken, l));
    },

    /* Whether an area is wide enough on the screen for its own name. */
    _fits: function (pen, { text, box }) {
      pen.font = STYLE.area.font;
      const [a, b] = [box.getNorthWest(), box.getSouthEast()].map((p) => this._map.latLngToContainerPoint(p));
      return b.x - a.x > pen.measureText(text).width + 6 && b.y - a.y > 16;
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
      const view = L.bounds([0, 0], this._map.getSize());
      let best = null;
      for (let i = 1; i < points.length; i += 1) {
        const middle = points[i - 1].add(points[i]).divideBy(2);
        const length = points[i - 1].distanceTo(points[i]);
        if (view.contains(middle) && length > (best?.length ?? 0)) {
          best = { middle, length, from: points[i - 1], to: points[i] };
        }
      }
      if (best === null || best.length < pen.measureText(text).width * 0.8) return;
      const angle = Math.atan((best.to.y - best.from.y) / (best.to.x - best.from.x || 1e-9));
      this._write(pen, taken, "street", text, best.middle, angle);
    },

    _write: function (pen, taken, kind, text, at, angle) {
      write(pen, taken, { ...this._style[kind], halo: this._style.halo }, text, at, angle);
    },
  });

  /* Write a name with an edge of the ground's colour, unless its box meets one that is taken. */
  function write(pen, taken, { font, colour, halo }, text, at, angle) {
    pen.font = font;
    const [width, height] = [pen.measureText(text).width + 6, 15];
    const reach = L.point(
      Math.abs(Math.cos(angle)) * width + Math.abs(Math.sin(angle)) * height,
      Math.abs(Math.sin(angle)) * width + Math.abs(Math.cos(angle)) * height,
    ).divideBy(2);
    const box = L.bounds(at.subtract(reach), at.add(reach));
    if (taken.some((other) => other.intersects(box))) return;
    taken.push(box);
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
