/* The offline background: neighbours, the city line, streets by length class. */
(function (rewir) {
  "use strict";

  const NEIGHBOUR = { color: "var(--neighbour-line)", weight: 1, fillColor: "var(--neighbour)", fillOpacity: 1 };
  const LAND = { color: "none", fillColor: "var(--land)", fillOpacity: 1 };
  const CITY_LINE = { color: "var(--city-line)", weight: 1.6, dashArray: "6 3 1 3", fill: false };
  const STREET = "var(--street)";
  // A class of streets shows from this zoom on; the longest are class 1.
  const FROM_ZOOM = { 1: 11.5, 2: 13, 3: 14.5 };

  rewir.BasemapLayer = L.Layer.extend({
    initialize: function () {
      this._streets = {};
      // A tile service that the operator has set; only served pages know one.
      this._service = (rewir.readJson("rewir-config") ?? rewir.readJson("rewir-map"))?.tiles ?? null;
    },

    onAdd: function (map) {
      for (const [name, z] of [["ground", 210], ["streets", 410], ["outline", 415]]) {
        const pane = map.getPane(name) ?? map.createPane(name);
        pane.style.zIndex = z;
        pane.style.pointerEvents = "none";
        pane.setAttribute("aria-hidden", "true");
      }
      map.on("zoomend", this._showStreets, this);
      if (this._service) addTiles(map, this._service);
    },

    onRemove: function (map) {
      map.off("zoomend", this._showStreets, this);
    },

    /* basemap: {neighbours, boundary, streets} as in the release. */
    setData: function (basemap) {
      this._basemap = basemap;
      const under = { pane: "ground", renderer: L.svg({ pane: "ground" }), interactive: false };
      if (!this._service) {
        this._neighbours = L.geoJSON(basemap.neighbours, { ...under, style: NEIGHBOUR }).addTo(this._map);
        L.geoJSON(basemap.boundary, { ...under, style: LAND }).addTo(this._map);
      }
      const above = { pane: "outline", renderer: L.svg({ pane: "outline" }), interactive: false };
      L.geoJSON(basemap.boundary, { ...above, style: CITY_LINE }).addTo(this._map);
      this._drawStreets(this.streets());
      this._showStreets();
      rewir.onTheme(() => Object.values(this._streets).forEach((line) => line.setStyle({ color: rewir.paint(STREET) })));
    },

    /* Streets to draw and to name: where there are tiles, these have their own. */
    streets: function () {
      return this._service ? [] : this._basemap.streets;
    },

    /* Neighbours with the place where each name is written best. */
    names: function () {
      if (!this._neighbours) return [];
      return this._neighbours.getLayers().filter(({ feature }) => feature.properties.name)
        .map((shape) => ({ text: shape.feature.properties.name, at: rewir.inside(shape) }));
    },

    /* One line of many parts for each class, on one canvas. */
    _drawStreets: function (streets) {
      const renderer = L.canvas({ pane: "streets", padding: 0.2 });
      for (const rank of [1, 2, 3]) {
        const lines = streets.filter((s) => s.class === rank)
          .map((s) => s.coordinates.map(([lon, lat]) => [lat, lon]));
        this._streets[rank] = L.polyline(lines, {
          pane: "streets", renderer, interactive: false, color: rewir.paint(STREET), smoothFactor: 1,
        });
      }
    },

    _showStreets: function () {
      const zoom = this._map.getZoom();
      for (const [rank, line] of Object.entries(this._streets)) {
        const shown = zoom >= FROM_ZOOM[rank];
        if (shown !== this._map.hasLayer(line)) this._map[shown ? "addLayer" : "removeLayer"](line);
        if (shown) line.setStyle(streetStyle(Number(rank), zoom));
      }
    },
  });

  /* The tiles, and as text whom they are owed to. */
  function addTiles(map, { url, attribution, min_zoom: minNativeZoom, max_zoom: maxNativeZoom }) {
    L.tileLayer(url, { minNativeZoom, maxNativeZoom, className: "tiles" }).addTo(map);
    const credit = L.control({ position: "bottomright" });
    credit.onAdd = () => rewir.el("p", { class: "credit", text: attribution });
    credit.addTo(map);
  }

  /* Streets grow with the zoom, and stay a background at every one. */
  function streetStyle(rank, zoom) {
    const growth = Math.max(0, zoom - FROM_ZOOM[rank]);
    return {
      weight: Math.min(0.7 + growth * 0.35, [2.6, 1.8, 1.3][rank - 1]),
      opacity: Math.min(0.22 + growth * 0.08, 0.5),
    };
  }
})(window.rewir);
