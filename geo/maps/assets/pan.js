/* Buttons that move the map, for those who do not drag; the one in the middle shows all of it. */
(function (rewir) {
  "use strict";

  // The part of the map's width or height that one press moves it by.
  const STEP = 0.3;
  const BUTTONS = [
    ["north", "↑", [0, -1]], ["west", "←", [-1, 0]], ["whole", "⌂", null], ["east", "→", [1, 0]], ["south", "↓", [0, 1]],
  ];

  /* `labels`: what the group (`pan`) and each button (`pan_north` …) is called; `home()` shows all. */
  rewir.PanControl = L.Control.extend({
    options: { position: "topright", labels: {}, home: null },

    onAdd: function (map) {
      const { labels, home } = this.options;
      const box = rewir.el("div", { class: "leaflet-bar pan", role: "group", "aria-label": labels.pan });
      for (const [name, sign, way] of BUTTONS) {
        const label = labels[`pan_${name}`];
        const button = rewir.el("button", { type: "button", class: name, title: label, "aria-label": label, text: sign });
        button.addEventListener("click", () => whenStill(map, () => (way === null ? home() : move(map, way))));
        box.append(button);
      }
      L.DomEvent.disableClickPropagation(box);
      return box;
    },
  });

  /* A zoom that is under way ends where it was going, whatever was asked for since: that comes after it. */
  function whenStill(map, act) {
    if (map._animatingZoom) map.once("zoomend", act);
    else act();
  }

  function move(map, [right, down]) {
    const { x, y } = map.getSize();
    map.panBy([right * STEP * x, down * STEP * y]);
  }
})(window.rewir);
