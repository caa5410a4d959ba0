/* The same features as on the map, as a table. */
(function (rewir) {
  "use strict";

  const { el, isNumber } = rewir;

  /* rows of areas; `choose(id)` is called when a name is pressed. */
  rewir.drawAreaTable = function (table, { rows, words, choose, caption }) {
    const cell = (row, key, digits) => {
      if (row.suppressed) return words.say("hidden");
      return isNumber(row[key]) ? words.number(row[key], digits) : "–";
    };
    draw(table, caption, ["area", "n_reports", "per_1000", "ratio", "interval"].map((key) => words.say(`column_${key}`)),
      rows.map((row) => ({
        id: row.area_id,
        name: row.area_name ?? words.say("unassigned"),
        cells: [cell(row, "n_reports", 0), cell(row, "rate_per_1000", 1), cell(row, "smr_eb", 2),
          isNumber(row.smr_eb_lo90) ? words.range(row.smr_eb_lo90, row.smr_eb_hi90, 2) : "–"],
      })), choose);
  };

  rewir.drawHotspotTable = function (table, { features, words, choose, caption }) {
    draw(table, caption, ["hotspot", "class", "episodes", "ratio", "interval"].map((key) => words.say(`column_${key}`)),
      features.map(({ id, properties: p }) => ({
        id,
        name: p.name ?? words.say("unnamed"),
        cells: [words.say(`short_${p.hot_class}`), isNumber(p.n_episodes) ? words.number(p.n_episodes) : words.say("hidden"),
          isNumber(p.rr_shrunk) ? words.number(p.rr_shrunk, 1) : "–",
          isNumber(p.rr_lo90) ? words.range(p.rr_lo90, p.rr_hi90, 1) : "–"],
      })), choose);
  };

  /* Mark the row of what is chosen. */
  rewir.markRow = function (table, id) {
    for (const line of table.querySelectorAll("tbody tr")) {
      const chosen = line.dataset.id === id;
      line.classList.toggle("chosen", chosen);
      line.querySelector("button").setAttribute("aria-pressed", String(chosen));
    }
  };

  function draw(table, caption, heads, rows, choose) {
    rewir.fill(table,
      el("caption", { text: caption }),
      el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col", text })))),
      el("tbody", {}, ...rows.map((row) => line(row, choose))),
    );
  }

  function line({ id, name, cells }, choose) {
    const button = el("button", { type: "button", text: name });
    button.addEventListener("click", () => choose(id));
    return el("tr", { "data-id": id }, el("th", { scope: "row" }, button), ...cells.map((text) => el("td", { text })));
  }
})(window.rewir);
