/* The areas: coloured by class, reached by pointer and by keyboard. */
(function (rewir) {
  "use strict";

  const EDGE = { color: "var(--area-line)", weight: 1.1, opacity: 0.95, fillOpacity: 1 };
  const PLAIN = { color: "var(--area-outline)", weight: 1.2, opacity: 0.9, fillColor: "var(--card)", fillOpacity: 0.01 };
  const NO_VALUE = "url(#no-value)";
  // What has the focus and what is chosen: a dark line on a pale one, seen on every fill.
  const MARK = {
    focus: [{ color: "var(--mark)", weight: 2.2 }],
    chosen: [{ color: "var(--casing)", weight: 6.5 }, { color: "var(--mark)", weight: 3 }],
  };

  /* Fires `choose` with {id}. */
  rewir.AreaLayer = L.Layer.extend({
    initialize: function () {
      this._areas = new Map();
      this._marks = {};
      this._describe = (id) => id;
    },

    onAdd: function (map) {
      for (const [name, z] of [["areas", 400], ["marks", 440]]) {
        const pane = map.getPane(name) ?? map.createPane(name);
        pane.style.zIndex = z;
      }
      map.getPane("marks").style.pointerEvents = "none";
      this._renderers = { areas: L.svg({ pane: "areas", padding: 0.3 }), marks: L.svg({ pane: "marks" }) };
      this._group = L.layerGroup().addTo(map);
      this._roving = new rewir.Roving(map, { choose: (id) => this.fire("choose", { id }), seen: (id) => this.highlight(id) });
    },

    onRemove: function () {
      this._group.remove();
    },

    /* What the areas together are called, and the id of what tells their keys. */
    setName: function (label, keys) {
      this._roving.name(label, keys);
    },

    /* The areas of a level, in the order in which the keyboard visits them. */
    setShapes: function (features) {
      this._roving.clear();
      this._unmark("focus");
      this._unmark("chosen");
      this._group.clearLayers();
      this._areas.clear();
      this._names = null;
      for (const feature of inReadingOrder(features)) {
        const { area_id: id } = feature.properties;
        const shape = new rewir.Shape(feature, { ...PLAIN, pane: "areas", renderer: this._renderers.areas, smoothFactor: 0.6 });
        this._areas.set(id, { shape, feature });
        this._group.addLayer(shape);
        this._listen(feature.properties, shape);
      }
      this._roving.ready();
    },

    /* Colour the areas: `colourOf(id)` (null: no value; undefined: outlines only), and what is
       said of each by `describe(id)`. */
    paint: function (colourOf, describe) {
      this._describe = describe;
      for (const [id, { shape }] of this._areas) {
        const colour = colourOf(id);
        shape.setStyle(colour === undefined ? PLAIN : { ...EDGE, fillColor: colour ?? NO_VALUE });
        this._roving.label(id, describe(id));
        // A tooltip that is open would still say what was.
        if (shape.isTooltipOpen()) shape.getTooltip().update();
      }
    },

    choose: function (id) {
      this._roving.mark(id);
      this._unmark("chosen");
      if (this._areas.has(id)) this._mark("chosen", id);
    },

    show: function (id) {
      const area = this._areas.get(id);
      if (area && !this._map.getBounds().contains(area.shape.getBounds())) {
        this._map.fitBounds(area.shape.getBounds(), { maxZoom: 14, padding: [60, 60] });
      }
    },

    highlight: function (id) {
      this._unmark("focus");
      if (id !== null && this._areas.has(id)) this._mark("focus", id);
    },

    /* Names with the place where each is written best. */
    names: function () {
      this._names ??= [...this._areas.values()].map(({ shape, feature }) => ({
        text: shortName(feature.properties), at: rewir.inside(shape), box: shape.getBounds(),
      }));
      return this._names;
    },

    _listen: function ({ area_id: id, neighbours }, shape) {
      shape.bindTooltip(() => rewir.el("span", { text: this._describe(id) }), { sticky: true, className: "tip" });
      shape.on({
        click: () => this.fire("choose", { id }),
        mouseover: () => this.highlight(id),
        mouseout: () => this.highlight(null),
      });
      this._roving.add(id, shape, {
        label: this._describe(id), neighbours: neighbours?.split(","), data: { "data-area": id },
      });
    },

    _mark: function (kind, id) {
      const { feature } = this._areas.get(id);
      this._marks[kind] = L.layerGroup(MARK[kind].map((line) => L.geoJSON(feature, {
        pane: "marks", renderer: this._renderers.marks, interactive: false, smoothFactor: 0.6,
        style: { ...line, fill: false },
      })));
      this._group.addLayer(this._marks[kind]);
    },

    _unmark: function (kind) {
      if (this._marks[kind]) this._group.removeLayer(this._marks[kind]);
      delete this._marks[kind];
    },
  });

  /* "IV-3" of "Rejon IV-3 (Bałuty)": the map has no room for more. */
  function shortName({ area_id: id, name }) {
    return name.includes(id) ? id : name;
  }

  function inReadingOrder(features) {
    const key = (feature) => String(feature.properties.area_id);
    const order = new Intl.Collator(undefined, { numeric: true });
    return [...features].sort((a, b) => order.compare(key(a), key(b)));
  }

  /* A point inside a polygon: the middle of the widest stretch of the line through its centre.
     Where that line meets none of its parts, the centre itself. */
  rewir.inside = function (shape) {
    const centre = shape.getBounds().getCenter();
    const crossings = rewir.ringsOf(shape.getLatLngs())
      .flatMap((ring) => ring.map((a, i) => [a, ring[(i + 1) % ring.length]]))
      .filter(([a, b]) => a.lat > centre.lat !== b.lat > centre.lat)
      .map(([a, b]) => a.lng + ((centre.lat - a.lat) / (b.lat - a.lat)) * (b.lng - a.lng))
      .sort((a, b) => a - b);
    let best = [centre.lng, centre.lng];
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      if (crossings[i + 1] - crossings[i] > best[1] - best[0]) best = [crossings[i], crossings[i + 1]];
    }
    return L.latLng(centre.lat, (best[0] + best[1]) / 2);
  };
})(window.rewir);
