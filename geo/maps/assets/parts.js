/* What panels are made of. */
(function (rewir) {
  "use strict";

  const { el } = rewir;

  rewir.parts = {
    note: (text) => el("p", { class: "note", text }),
    aside: (text) => el("p", { class: "aside", text }),

    /* The number that matters most, and what it means. */
    figure: (main, aside) =>
      el("p", { class: "figure" }, el("strong", { text: main }), aside ? el("span", { text: aside }) : null),

    /* A list of facts; those without a value are left out. */
    facts: (pairs) =>
      el("dl", { class: "facts" }, ...pairs.filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", { text: value })))),

    /* A link to this row in the feed; a file has none. */
    feedLink: (href, words) => href && el("p", { class: "feed" }, el("a", { href, text: words.say("feed_row") })),

    /* Why numbers are missing: what `tell` says of each code of a note. That a row is hidden is said
       in place of its numbers. */
    notes: (codes, tell) =>
      String(codes ?? "").split(",").filter((code) => code && code !== "suppressed").map((code) => rewir.parts.note(tell(code))),
  };
})(window.rewir);
