/* A small map of the rows of a table: whichever is chosen, the other shows it too. */
(function (rewir) {
  "use strict";

  const SHAPE = { color: "var(--item)", weight: 1.2, opacity: 0.85, fillColor: "var(--item-fill)", fillOpacity: 0.28 };
  const HOT = { color: "var(--hot)", weight: 1.6, opacity: 1, fillColor: "var(--hot)", fillOpacity: 0.14 };
  const POINT = { color: "var(--casing)", weight: 2, opacity: 1, fillColor: "var(--mark)", fillOpacity: 1 };
  const CHOSEN = { color: "var(--hot)", weight: 3, opacity: 1, fillColor: "var(--hot)", fillOpacity: 0.22 };
  const FOCUS = { color: "var(--focus)", weight: 4, opacity: 1, fill: false, interactive: false };
  const POINT_RADIUS = 7;
  // Hot spots and hot cells; below it a cell is only a hint.
  const HOT_FROM = 95;
  // Beyond this many shapes one canvas is quicker than elements; the table still reaches them all.
  const MOST_ELEMENTS = 1500;

  const { basemap, bbox, texts } = rewir.readJson("rewir-map");
  const collection = rewir.readJson("rewir-features");
  const many = collection.features.length > MOST_ELEMENTS;
  const renderer = many ? L.canvas() : L.svg();
  const looks = { shape: inked(SHAPE), hot: inked(HOT), point: inked(POINT) };
  const marked = inked(CHOSEN);
  const shapes = new Map();
  const rows = new Map();
  let chosen = null;
  let roving = null;
  let outlined = null;

  const map = L.map("map", { zoomControl: false, zoomSnap: 0.25, minZoom: 9, maxZoom: 18, scrollWheelZoom: false });
  map.attributionControl.setPrefix(false);
  L.control.zoom({ position: "topright", zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out }).addTo(map);
  new rewir.PanControl({ labels: texts, home: frame }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  const ground = new rewir.BasemapLayer().addTo(map);
  // One click means that the reader is with the map, and may turn the wheel.
  map.once("click focus", () => map.scrollWheelZoom.enable());

  const layer = L.geoJSON(collection, {
    style: look,
    renderer,
    pointToLayer: (_, at) => L.circleMarker(at, { renderer, radius: POINT_RADIUS }),
    onEachFeature: (feature, shape) => {
      shapes.set(feature.id, shape);
      shape.bindTooltip(() => rewir.el("span", { text: feature.id }), { sticky: true, className: "tip" });
      shape.on("click", () => choose(feature.id, { scroll: true }));
    },
  }).addTo(map);

  frame();
  describeMap();
  describe();
  connect();
  fetch(basemap, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`${answer.status} ${basemap}`))))
    .then((data) => ground.setData(data))
    // Without the ground the shapes are still there.
    .catch((error) => console.warn(error));

  /* A style as the renderer takes it: elements know the variables of the page, a canvas does not. */
  function inked(style) {
    return many ? { ...style, color: rewir.paint(style.color), fillColor: rewir.paint(style.fillColor) } : style;
  }

  /* How a feature looks while it is not chosen. */
  function look({ geometry, properties }) {
    if (geometry.type === "Point") return looks.point;
    return properties.hot_class >= HOT_FROM ? looks.hot : looks.shape;
  }

  /* Show all shapes, but never closer than the streets around a point. */
  function frame() {
    const box = layer.getBounds();
    if (box.isValid()) map.fitBounds(box, { padding: [18, 18], maxZoom: 15 });
    else map.fitBounds([[bbox[1], bbox[0]], [bbox[3], bbox[2]]]);
  }

  function describeMap() {
    const box = map.getContainer();
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", texts.map_keys);
  }

  /* Every shape can be reached by keyboard, and says its name. */
  function describe() {
    if (many) return;
    roving = new rewir.Roving(map, { choose: (fid) => choose(fid, { scroll: true }), seen: outline });
    for (const [fid, shape] of shapes) roving.add(fid, shape, { label: fid });
    roving.name(texts.shapes);
    roving.ready();
  }

  /* A line over all shapes: several of them may lie on one place. */
  function outline(fid) {
    outlined?.remove();
    outlined = fid === null || !shapes.get(fid).getLatLngs ? null
      : L.polygon(shapes.get(fid).getLatLngs(), { ...FOCUS, renderer }).addTo(map);
  }

  /* Give each row with a shape a button, for those who do not point. */
  function connect() {
    for (const tr of document.querySelectorAll("tr[data-fid]")) {
      const fid = tr.dataset.fid;
      if (!shapes.has(fid)) continue;
      const button = rewir.el("button", {
        type: "button", class: "spot", "aria-pressed": "false", title: texts.show_on_map,
        "aria-label": `${texts.show_on_map}: ${fid}`, text: "◎",
      });
      tr.cells[0].append(button);
      // A feature may stand in two tables of a page.
      rows.set(fid, [...(rows.get(fid) ?? []), { tr, button }]);
      tr.addEventListener("click", (event) => {
        if (!event.target.closest("a")) choose(fid, { scroll: false });
      });
    }
  }

  function choose(fid, { scroll }) {
    if (chosen !== null) mark(chosen, false);
    chosen = chosen === fid ? null : fid;
    roving?.mark(chosen);
    if (chosen === null) return;
    mark(chosen, true);
    const shape = shapes.get(fid);
    raise(shape);
    if (scroll) rows.get(fid)?.[0].tr.scrollIntoView({ block: "nearest", behavior: "auto" });
    else if (shape.getBounds && !map.getBounds().intersects(shape.getBounds())) map.panTo(shape.getBounds().getCenter());
  }

  /* An element that is moved to the front loses the focus on its way. */
  function raise(shape) {
    const focused = document.activeElement;
    shape.bringToFront();
    if (focused === shape.getElement?.()) focused.focus({ preventScroll: true });
  }

  function mark(fid, on) {
    shapes.get(fid).setStyle(on ? marked : look(shapes.get(fid).feature));
    for (const { tr, button } of rows.get(fid) ?? []) {
      tr.classList.toggle("chosen", on);
      button.setAttribute("aria-pressed", String(on));
    }
  }
})(window.rewir);
