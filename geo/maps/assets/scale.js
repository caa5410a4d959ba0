/* From a value to its class and colour. The breaks come with the release and never move. */
(function (rewir) {
  "use strict";

  // Lightness falls evenly, hue hardly turns: the order survives every kind of colour blindness
  // and a grey print. It ends before black, so that hot spots and names still show on it.
  const SEQUENTIAL = ["#e8efe8", "#d2e2dc", "#b4d1d0", "#92bcc4", "#6fa4b6", "#4d8aa6", "#2f6e93"];
  // Two arms around "as expected": blue below, ochre above.
  const BELOW = ["#dfe9ec", "#a9c8d3", "#6f9fb5", "#3f7391"];
  const ABOVE = ["#f3e3c3", "#e2b873", "#bd8137", "#84510f"];
  const MIDDLE = "#f1f1ec";

  const ZERO = "#fbfbf8";

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

  /* n colours evenly along a ramp. */
  function spread(ramp, n) {
    return Array.from({ length: n }, (_, i) => {
      const place = n === 1 ? ramp.length - 1 : (i * (ramp.length - 1)) / (n - 1);
      return mix(ramp[Math.floor(place)], ramp[Math.ceil(place)], place % 1);
    });
  }

  function mix(a, b, share) {
    const [from, to] = [a, b].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
    const channels = from.map((value, i) => Math.round(value + (to[i] - value) * share));
    return `#${channels.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  }
})(window.rewir);
