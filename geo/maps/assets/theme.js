/* Colours of the style sheet for what is drawn on a canvas, which knows no variables. */
(function (rewir) {
  "use strict";

  const QUERIES = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "print"];

  /* "var(--hot)" as a canvas takes it, by the colours that hold now. */
  rewir.paint = function (colour) {
    const probe = rewir.el("span", { "aria-hidden": "true" });
    // Forced colours would answer with the colour of text for every name.
    Object.assign(probe.style, { color: colour, forcedColorAdjust: "none" });
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  /* Call when day turns to night, or the screen to paper. */
  rewir.onTheme = function (redraw) {
    for (const query of QUERIES) window.matchMedia(query).addEventListener("change", () => redraw());
  };
})(window.rewir);
