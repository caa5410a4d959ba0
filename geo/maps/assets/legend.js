/* The legend: classes with their limits, what has no value, and what the hatching means. */
(function (rewir) {
  "use strict";

  rewir.drawLegend = function (box, { words, scale, statistic }) {
    const list = rewir.el("ul", { class: "classes" });
    if (statistic.zero) list.append(entry(scale.zero, words.number(0)));
    scale.classes.forEach((each, i) => {
      const place = { first: i === 0, last: i === scale.classes.length - 1 };
      list.append(entry(each.colour, limits(each, place, statistic, words)));
    });
    list.append(entry(null, words.say("no_value")));
    rewir.fill(box, rewir.el("h3", { text: words.say(`statistic_${statistic.id}`) }), list);
  };

  function entry(colour, text) {
    const swatch = rewir.el("span", { class: colour ? "swatch" : "swatch swatch-none", "aria-hidden": "true" });
    if (colour) swatch.style.backgroundColor = colour;
    return rewir.el("li", {}, swatch, rewir.el("span", { text }));
  }

  /* "1–4", "5–9", "10 and more" for counts; "under 0.8", "0.8–1.2" for what is measured. */
  function limits({ from, to }, { first, last }, { whole }, words) {
    if (last) return words.say("class_from", { from: words.limit(from) });
    if (!whole) return first ? words.say("class_under", { to: words.limit(to) }) : `${words.limit(from)}–${words.limit(to)}`;
    const [low, high] = [first ? 1 : Math.ceil(from), Math.ceil(to) - 1];
    return low >= high ? words.number(high) : words.range(low, high, 0);
  }
})(window.rewir);
