/* The same features as on the map, as a table. */
(function (rewir) {
  "use strict";

  const { el, isNumber } = rewir;

  /* rows of areas; `choose(id)` is called when a name is pressed. */
  rewir.drawAreaTable = function (table, { rows, level, words, choose, caption }) {
    const cell = (row, key, digits) => {
      if (row.suppressed) return words.say("hidden");
      return isNumber(row[key]) ? words.number(row[key], row[key] >= 10 ? Math.min(digits, 1) : digits) : "–";
    };
    draw(table, caption, heads(["area", "n_reports", "per_1000", "ratio", "interval"], words),
      rows.map((row) => ({
        id: row.area_id,
        name: rewir.areaName(row, level, words),
        cells: [cell(row, "n_reports", 0), cell(row, "rate_per_1000", 1), cell(row, "smr_eb", 2),
          isNumber(row.smr_eb_lo90) ? words.range(row.smr_eb_lo90, row.smr_eb_hi90, row.smr_eb_hi90 >= 10 ? 1 : 2) : "–"],
      })), choose);
  };

  /* A map is checked on other grids as a whole or not at all. */
  rewir.drawHotspotTable = function (table, { features, words, choose, caption }) {
    const unchecked = features.some(({ properties }) => !isNumber(properties.stability));
    draw(table, unchecked ? words.say("caption_unchecked", { caption }) : caption, heads(["hotspot", "class", "episodes", "ratio", "interval"], words),
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

  const EXPLAINED = ["per_1000", "ratio", "interval", "class"];

  /* Titles of columns; what a name cannot say is in a tip. */
  function heads(keys, { say }) {
    return keys.map((key) => el("th", {
      scope: "col", text: say(`column_${key}`), title: EXPLAINED.includes(key) ? say(`tip_${key}`) : null,
    }));
  }

  function draw(table, caption, titles, rows, choose) {
    rewir.fill(table,
      el("caption", { text: caption }),
      el("thead", {}, el("tr", {}, ...titles)),
      el("tbody", {}, ...rows.map((row) => line(row, choose))),
    );
  }

  function line({ id, name, cells }, choose) {
    const button = el("button", { type: "button", text: name });
    button.addEventListener("click", () => choose(id));
    return el("tr", { "data-id": id }, el("th", { scope: "row" }, button), ...cells.map((text) => el("td", { text })));
  }
})(window.rewir);
