/* Signs and hatchings, so that colour is never the only difference; and a layer of places that
   carry them. A sign is seen where its place is but a few points wide. */
(function (rewir) {
  "use strict";

  const { svg } = rewir;

  // In a square of 20; `solid` ones are filled, the others are lines.
  const SIGNS = {
    persistent: { d: "M10 5.2a4.8 4.8 0 1 0 0 9.6a4.8 4.8 0 1 0 0-9.6z", solid: true },
    growing: { d: "M10 4.2l5.6 9.8h-11.2z", solid: true },
    new: { d: "M8.4 4.6h3.2v3.8h3.8v3.2h-3.8v3.8h-3.2v-3.8h-3.8v-3.2h3.8z", solid: true },
    fading: { d: "M5 6.4h10l-5 8.6z" },
    none: { d: "M10 6.4a3.6 3.6 0 1 0 0 7.2a3.6 3.6 0 1 0 0-7.2z" },
    chosen: { d: "M5.2 10.4l3.4 3.4l6.2-7.2" },
    gate: { d: "M10 4.8a5.2 5.2 0 1 0 0 10.4a5.2 5.2 0 1 0 0-10.4zM10 8.6a1.4 1.4 0 1 0 0 2.8a1.4 1.4 0 1 0 0-2.8z" },
    alarm: { d: "M10 4.6v6.8M10 13.6v1.8" },
  };

  // Lines, dots and crosses: the side of their square, its turn, and what is drawn in it.
  const HATCHES = {
    persistent: { size: 6, turn: 45, lines: [["0", "0", "2", "6"]] },
    growing: { size: 7, turn: 0, lines: [["0", "0", "2", "7"]] },
    new: { size: 7, turn: 45, lines: [["0", "0", "3", "3"]] },
    fading: { size: 8, turn: 0, lines: [["0", "0", "8", "1.2"]] },
    chosen: { size: 9, turn: 45, lines: [["0", "0", "1.4", "9"]] },
    gate: { size: 10, turn: -45, lines: [["0", "0", "1.6", "10"]] },
    alarm: { size: 9, turn: 45, lines: [["0", "0", "1.4", "9"], ["0", "0", "9", "1.4"]] },
  };

  /* A sign on its own ground, in the colour of the text around it. */
  rewir.sign = function (name) {
    const { d, solid = false } = SIGNS[name];
    return svg("svg", { viewBox: "0 0 20 20", class: "sign", "data-sign": name, "aria-hidden": "true" },
      svg("circle", { cx: 10, cy: 10, r: 9.2, class: "ground" }),
      svg("path", { d, class: solid ? "solid" : "open" }));
  };

  /* The fill of a hatching; its pattern is put into the page when it is first asked for. */
  rewir.hatch = function (name) {
    const id = `sign-hatch-${name}`;
    if (!rewir.byId(id)) {
      const { size, turn, lines } = HATCHES[name];
      document.querySelector(".defs defs").append(
        svg("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` },
          svg("rect", { width: size, height: size, class: "hatch-ground" }),
          ...lines.map(([x, y, width, height]) => svg("rect", { x, y, width, height, class: `hatch-ink ink-${name}` }))));
    }
    return `url(#${id})`;
  };

  /* A line of a legend: what a fill, an edge and a sign mean together. */
  rewir.signEntry = function (text, { fill = "none", edge = "var(--hot)", dashed = false, sign = null } = {}) {
    const swatch = svg("svg", { viewBox: "0 0 34 21", class: "sample", "aria-hidden": "true" },
      svg("rect", { x: 1.5, y: 1.5, width: 31, height: 18, fill, stroke: edge, "stroke-width": 2, "stroke-dasharray": dashed ? "5 4" : null }));
    return rewir.el("li", { class: "signed" }, swatch, sign && rewir.sign(sign), rewir.el("span", { text }));
  };

  /* Places as shapes with a sign in them: one stop of the keyboard, arrows from place to place.
     A layer says by `look(feature)` how each is drawn: {style, sign, at}, where `at` is the
     point of the sign that lies on the middle of the place, such as one under it. Fires `choose` {id}. */
  rewir.SignLayer = L.Layer.extend({
    initialize: function () {
      this._places = new Map();
    },

    onAdd: function (map) {
      for (const [name, z] of [[this.pane, 430], [`${this.pane}-signs`, 450]]) {
        (map.getPane(name) ?? map.createPane(name)).style.zIndex = z;
      }
      const signs = map.getPane(`${this.pane}-signs`);
      signs.style.pointerEvents = "none";
      signs.setAttribute("aria-hidden", "true");
      this._renderer = L.svg({ pane: this.pane, padding: 0.3 });
      this._group = L.layerGroup().addTo(map);
      this._roving = new rewir.Roving(map, { choose: (id) => this.fire("choose", { id }) });
    },

    onRemove: function () {
      this._group.remove();
    },

    /* What the places together are called, and the id of what tells their keys. */
    setName: function (label, keys) {
      this._roving.name(label, keys);
    },

    /* In the order in which the keyboard visits them; large ones lie under small ones. */
    setData: function (features, describe) {
      this._roving.clear();
      this._group.clearLayers();
      this._places.clear();
      for (const feature of features) {
        const shape = L.geoJSON(feature, { pane: this.pane, renderer: this._renderer, smoothFactor: 0.5 }).getLayers()[0];
        this._places.set(feature.id, { feature, shape, look: this.look(feature) });
      }
      for (const place of [...this._places.values()].sort((a, b) => extent(b) - extent(a))) this._draw(place);
      for (const [id, place] of this._places) this._listen(id, place, describe(place.feature));
      this._roving.ready();
    },

    choose: function (id) {
      for (const [key, { shape, look, marker }] of this._places) {
        const chosen = key === id;
        shape.setStyle(chosen ? { ...look.style, ...CHOSEN } : look.style);
        marker?.getElement()?.classList.toggle("chosen", chosen);
      }
      this._roving.mark(id);
    },

    show: function (id) {
      const place = this._places.get(id);
      if (place) this._map.fitBounds(place.shape.getBounds(), { maxZoom: 14, padding: [80, 80] });
    },

    /* Names with the place where each is written best. */
    names: function () {
      return [...this._places.values()].filter(({ feature }) => feature.properties.name)
        .map(({ shape, feature }) => ({ text: feature.properties.name, at: rewir.inside(shape), box: shape.getBounds() }));
    },

    _draw: function (place) {
      const { feature, shape, look } = place;
      if (look.style.fill !== false) {
        this._group.addLayer(L.geoJSON(feature, { pane: this.pane, renderer: this._renderer, smoothFactor: 0.5, interactive: false, style: CASING }));
      }
      shape.setStyle(look.style);
      this._group.addLayer(shape);
      if (!look.sign) return;
      const icon = L.divIcon({ html: rewir.sign(look.sign), className: "sign-at", iconSize: [20, 20], iconAnchor: look.at ?? [10, 10] });
      place.marker = L.marker(rewir.inside(shape), { icon, pane: `${this.pane}-signs`, interactive: false, keyboard: false });
      this._group.addLayer(place.marker);
    },

    _listen: function (id, { shape }, text) {
      shape.bindTooltip(() => rewir.el("span", { text }), { sticky: true, className: "tip" });
      shape.on("click", () => this.fire("choose", { id }));
      this._roving.add(id, shape, { label: text, data: { "data-place": id } });
    },
  });

  const CASING = { color: "var(--casing)", weight: 4.2, opacity: 0.9, fill: false };
  const CHOSEN = { color: "var(--mark)", weight: 3.6, dashArray: null };

  function extent({ shape }) {
    const box = shape.getBounds();
    return (box.getEast() - box.getWest()) * (box.getNorth() - box.getSouth());
  }
})(window.rewir);
