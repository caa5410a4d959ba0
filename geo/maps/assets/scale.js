/* From a value to its class and colour. The breaks come with the release and never move. */
(function (rewir) {
  "use strict";

  // Ramps of the style sheet, which knows day, night and paper.
  const SEQUENTIAL = ramp("seq", 7);
  const BELOW = ramp("below", 4);
  const ABOVE = ramp("above", 4);
  const MIDDLE = "var(--middle)";
  const ZERO = "var(--zero)";

  /* A scale from the limits of the release (one more than classes; a limit belongs to the class
     above it): `classes` [{from, to, colour}], and `colourOf(value)`, null where there is none. */
  rewir.makeScale = function (limits, { diverging = false } = {}) {
    const classes = limits.slice(1).map((to, i) => ({ from: limits[i], to }));
    const colours = diverging ? aroundOne(classes) : spread(SEQUENTIAL, classes.length);
    classes.forEach((each, i) => { each.colour = colours[i]; });
    const inner = limits.slice(1, -1);
    function colourOf(value) {
      if (!rewir.isNumber(value) || classes.length === 0) return null;
      return value === 0 ? ZERO : classes[inner.filter((limit) => value >= limit).length].colour;
    }
    return { classes, zero: ZERO, colourOf };
  };

  /* Classes below 1 go blue, those above go ochre, the one that holds 1 stays pale. */
  function aroundOne(classes) {
    const below = classes.filter((c) => c.to <= 1).length;
    const above = classes.filter((c) => c.from >= 1).length;
    const middle = classes.length - below - above;
    return [...spread(BELOW, below).reverse(), ...Array(middle).fill(MIDDLE), ...spread(ABOVE, above)];
  }

  function ramp(name, n) {
    return Array.from({ length: n }, (_, i) => `var(--${name}-${i + 1})`);
  }

  /* n colours evenly along a ramp. */
  function spread(colours, n) {
    return Array.from({ length: n }, (_, i) => {
      const place = n === 1 ? colours.length - 1 : (i * (colours.length - 1)) / (n - 1);
      return mix(colours[Math.floor(place)], colours[Math.ceil(place)], place % 1);
    });
  }

  function mix(a, b, share) {
    return share === 0 ? a : `color-mix(in srgb, ${b} ${(share * 100).toFixed(1)}%, ${a})`;
  }
})(window.rewir);
