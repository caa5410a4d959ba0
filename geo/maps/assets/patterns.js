/* Hot spots by what their months did: an own sign and hatching for each pattern. */
(function (rewir) {
  "use strict";

  // From what asks for most to what asks for least: the order of legend, table and keyboard.
  rewir.PATTERNS = ["growing", "new", "persistent", "fading", "none"];

  const QUIET = ["fading", "none"];

  rewir.patternStyle = function (pattern) {
    const edge = QUIET.includes(pattern) ? "var(--soft)" : "var(--hot)";
    const fill = pattern === "none" ? null : rewir.hatch(pattern);
    return { edge, fill, dashed: QUIET.includes(pattern) };
  };

  rewir.PatternLayer = rewir.SignLayer.extend({
    pane: "patterns",

    look: function ({ properties: { emerging_plain: pattern } }) {
      const { edge, fill, dashed } = rewir.patternStyle(pattern);
      return {
        sign: pattern,
        style: { color: edge, weight: 2, dashArray: dashed ? "5 4" : null, fillColor: fill ?? "var(--casing)", fillOpacity: fill ? 1 : 0.01 },
      };
    },
  });
})(window.rewir);
