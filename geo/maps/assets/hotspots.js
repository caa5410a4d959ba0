/* Hot spots: hatched by certainty, above the areas, so that colour is never the only sign. */
(function (rewir) {
  "use strict";

  const CASING = { color: "var(--casing)", weight: 4.2, opacity: 0.9, fill: false, interactive: false };
  const INK = "var(--hot)";
  const STYLE = {
    99: { color: INK, weight: 2.2, fillColor: "url(#hatch-99)", fillOpacity: 1 },
    95: { color: INK, weight: 1.8, fillColor: "url(#hatch-95)", fillOpacity: 1 },
    90: { color: INK, weight: 1.6, dashArray: "4 4", fillOpacity: 0 },
  };
  const WATCHED = { color: INK, weight: 1.6, dashArray: "4 4", fill: false };
  const CHOSEN = { color: "var(--mark)", weight: 3.4 };

  /* Fires `choose` with {id}. */
  rewir.HotspotLayer = L.Layer.extend({
    initialize: function () {
      this._spots = new Map();
    },

    onAdd: function (map) {
      const pane = map.getPane("hotspots") ?? map.createPane("hotspots");
      pane.style.zIndex = 430;
      this._renderer = L.svg({ pane: "hotspots", padding: 0.3 });
      this._group = L.layerGroup().addTo(map);
      this._roving = new rewir.Roving(map, { choose: (id) => this.fire("choose", { id }) });
    },

    onRemove: function () {
      this._watched?.remove();
      this._group.remove();
    },

    /* Cells that are only a hint: seen, but without a name or a place in the keyboard's order. */
    setWatched: function (features) {
      this._watched?.remove();
      this._watched = L.geoJSON(features, {
        pane: "hotspots", renderer: this._renderer, interactive: false, style: WATCHED,
      }).addTo(this._map);
    },

    /* What the hot spots together are called, and the id of what tells their keys. */
    setName: function (label, keys) {
      this._roving.name(label, keys);
    },

    setSpots: function (features, describe) {
      this._roving.clear();
      this._group.clearLayers();
      this._spots.clear();
      const options = { pane: "hotspots", renderer: this._renderer, smoothFactor: 0.5 };
      for (const feature of features) {
        const look = STYLE[feature.properties.hot_class];
        this._group.addLayer(L.geoJSON(feature, { ...options, interactive: false, style: CASING }));
        const shape = L.geoJSON(feature, { ...options, style: look }).getLayers()[0];
        this._spots.set(feature.id, { shape, feature, look });
        this._group.addLayer(shape);
        this._listen(feature, shape, describe(feature));
      }
      this._roving.ready();
    },

    choose: function (id) {
      for (const [key, { shape, look }] of this._spots) shape.setStyle(key === id ? { ...look, ...CHOSEN } : look);
      this._roving.mark(id);
    },

    show: function (id) {
      const spot = this._spots.get(id);
      if (spot) this._map.fitBounds(spot.shape.getBounds(), { maxZoom: 15, padding: [80, 80] });
    },

    names: function () {
      return [...this._spots.values()].filter(({ feature }) => feature.properties.name)
        .map(({ shape, feature }) => ({
          text: feature.properties.name, at: rewir.inside(shape), box: shape.getBounds(),
        }));
    },

    _listen: function (feature, shape, text) {
      shape.bindTooltip(() => rewir.el("span", { text }), { sticky: true, className: "tip" });
      shape.on("click", () => this.fire("choose", { id: feature.id }));
      this._roving.add(feature.id, shape, { label: text, data: { "data-hotspot": feature.id } });
    },
  });
})(window.rewir);
