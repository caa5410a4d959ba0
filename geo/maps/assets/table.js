/* The same features as on the map, as a table: sorted, filtered and paged by keyboard.
   What is drawn anew keeps the reader's order, filter, page and focus. */
(function (rewir) {
  "use strict";

  const { el, fill, isNumber } = rewir;
  const PAGE = 100;
  // Fewer rows than these are found by looking.
  const FILTERED_FROM = 13;
  const RISING = "ascending";
  const FALLING = "descending";
  const tables = new WeakMap();

  /* `columns`: [{key, title, tip, numeric, value(one), text(one)}], of which the first is the name;
     `choose(id)` is called when a name is pressed. */
  rewir.drawTable = function (table, given) {
    if (!tables.has(table)) tables.set(table, new Table(table));
    tables.get(table).draw(given);
  };

  /* Mark the row of what is chosen, and turn to its page. */
  rewir.markRow = function (table, id) {
    tables.get(table)?.mark(id);
  };

  class Table {
    constructor(table) {
      this.table = table;
      this.caption = el("caption");
      this.head = el("thead");
      this.body = el("tbody");
      this.filter = el("input", { type: "search", autocomplete: "off", spellcheck: "false" });
      this.label = el("span");
      this.found = el("p", { class: "found", role: "status" });
      this.before = el("button", { type: "button" });
      this.after = el("button", { type: "button" });
      this.pages = el("div", { class: "pages", role: "group" }, this.before, this.after);
      this.meanings = el("details", { class: "meanings" });
      this.tools = el("div", { class: "tools" }, el("label", {}, this.label, this.filter));
      this.order = { key: null, direction: null };
      this.page = 0;
      this.chosen = null;
      fill(table, this.caption, this.head, this.body);
      table.before(this.tools, this.found);
      table.after(this.pages, this.meanings);
      this.filter.addEventListener("input", () => this.turn(0));
      this.before.addEventListener("click", () => this.turn(this.page - 1));
      this.after.addEventListener("click", () => this.turn(this.page + 1));
    }

    draw({ columns, rows, id, words, choose, caption }) {
      Object.assign(this, { columns, rows, id, words, choose });
      if (!columns.some(({ key }) => key === this.order.key)) this.order = { key: null, direction: null };
      this.caption.textContent = caption;
      this.label.textContent = words.say("table_filter", { what: columns[0].title });
      this.before.textContent = words.say("table_before");
      this.after.textContent = words.say("table_after");
      this.pages.setAttribute("aria-label", words.say("table_pages", { caption }));
      this.drawHead();
      this.drawMeanings();
      this.drawRows();
    }

    turn(page) {
      this.page = Math.max(0, Math.min(page, this.last()));
      this.drawRows();
    }

    sort(column) {
      const first = column.numeric ? FALLING : RISING;
      const again = this.order.key === column.key && this.order.direction === first;
      this.order = { key: column.key, direction: again ? other(first) : first };
      this.page = 0;
      this.drawHead();
      this.drawRows();
    }

    mark(id) {
      const fresh = id !== this.chosen;
      this.chosen = id;
      const place = this.shown.findIndex((one) => this.id(one) === id);
      const page = Math.floor(place / PAGE);
      if (fresh && place >= 0 && page !== this.page) this.turn(page);
      else for (const line of this.body.rows) dress(line, id);
    }

    /* The rows that the filter leaves, in the order that was chosen; what has no value is last. */
    ordered() {
      const wanted = fold(this.filter.value).split(/\s+/).filter(Boolean);
      const said = this.columns.filter(({ numeric }, i) => i === 0 || !numeric);
      const left = wanted.length === 0 ? this.rows : this.rows.filter((one) => {
        const text = fold(said.map((column) => column.text(one)).join(" "));
        return wanted.every((word) => text.includes(word));
      });
      const column = this.columns.find(({ key }) => key === this.order.key);
      if (!column) return left;
      const sign = this.order.direction === RISING ? 1 : -1;
      const compare = comparison();
      const keyed = left.map((one) => ({ one, value: column.value(one) ?? null }));
      keyed.sort((a, b) => (a.value === null) - (b.value === null) || (a.value === null ? 0 : sign * compare(a.value, b.value)));
      return keyed.map(({ one }) => one);
    }

    last() {
      return Math.max(0, Math.ceil(this.shown.length / PAGE) - 1);
    }

    drawRows() {
      this.shown = this.ordered();
      this.page = Math.min(this.page, this.last());
      const focused = this.body.contains(document.activeElement) ? document.activeElement.closest("tr").dataset.id : null;
      const from = this.page * PAGE;
      fill(this.body, ...this.shown.slice(from, from + PAGE).map((one) => this.line(one)));
      if (this.shown.length === 0 && this.rows.length > 0) {
        this.body.append(el("tr", {}, el("td", { class: "nothing", colspan: this.columns.length, text: this.words.say("table_nothing") })));
      }
      this.drawTools(from);
      if (focused !== null) this.focus(focused);
    }

    line(one) {
      const [name, ...rest] = this.columns;
      const id = this.id(one);
      const button = el("button", { type: "button", text: name.text(one) });
      button.addEventListener("click", () => this.choose(id));
      const line = el("tr", { "data-id": id }, el("th", { scope: "row" }, button),
        ...rest.map((column) => el("td", { class: column.numeric ? null : "words", text: column.text(one) })));
      dress(line, this.chosen);
      return line;
    }

    /* The row that had the focus has it still; where it is gone, the first row or the head takes it. */
    focus(id) {
      const line = [...this.body.rows].find((row) => row.dataset.id === id);
      (line ?? this.table).querySelector("tbody button, tr > th > button")?.focus({ preventScroll: true });
    }

    drawHead() {
      const focused = this.head.contains(document.activeElement) ? document.activeElement.closest("th").dataset.key : null;
      fill(this.head, el("tr", {}, ...this.columns.map((column) => this.title(column))));
      if (focused !== null) {
        const titles = [...this.head.querySelectorAll("th")];
        (titles.find((title) => title.dataset.key === focused) ?? titles[0]).querySelector("button").focus({ preventScroll: true });
      }
    }

    title(column) {
      const { key, title, tip, numeric } = column;
      const button = el("button", { type: "button", text: title, title: tip });
      button.addEventListener("click", () => this.sort(column));
      return el("th", {
        scope: "col", "data-key": key, class: numeric ? null : "words", "aria-sort": this.order.key === key ? this.order.direction : null,
      }, button);
    }

    /* What the tips of the titles say, for those who do not point. */
    drawMeanings() {
      const told = this.columns.filter(({ tip }) => tip);
      this.meanings.hidden = told.length === 0 || this.rows.length === 0;
      if (this.meanings.hidden) return;
      const list = el("dl", {}, ...told.map(({ title, tip }) => el("div", {}, el("dt", { text: title }), el("dd", { text: tip }))));
      const summary = this.meanings.querySelector("summary") ?? el("summary");
      summary.textContent = this.words.say("table_meanings");
      if (!summary.isConnected) this.meanings.append(summary);
      this.meanings.querySelector("dl")?.remove();
      this.meanings.append(list);
    }

    drawTools(from) {
      const { words, shown, rows, filter } = this;
      const few = rows.length < FILTERED_FROM && filter.value === "";
      this.tools.hidden = few && document.activeElement !== filter;
      this.pages.hidden = this.last() === 0 && !this.pages.contains(document.activeElement);
      // A button that is disabled would lose the focus.
      this.before.setAttribute("aria-disabled", String(this.page === 0));
      this.after.setAttribute("aria-disabled", String(this.page === this.last()));
      const parts = few ? [] : [words.say(shown.length < rows.length ? "table_some" : "table_all", { shown: shown.length, all: rows.length })];
      if (this.last() > 0) parts.push(words.say("table_from", { from: from + 1, to: Math.min(from + PAGE, shown.length) }));
      const column = this.columns.find(({ key }) => key === this.order.key);
      if (column) parts.push(words.say(`table_${column.numeric ? "" : "words_"}${this.order.direction}`, { column: column.title }));
      const text = parts.join(" · ");
      if (this.found.textContent !== text) this.found.textContent = text;
    }
  }

  function dress(line, chosen) {
    const is = chosen !== null && line.dataset.id === chosen;
    line.classList.toggle("chosen", is);
    line.querySelector("button")?.setAttribute("aria-pressed", String(is));
  }

  function other(direction) {
    return direction === RISING ? FALLING : RISING;
  }

  function comparison() {
    const { compare } = new Intl.Collator(document.documentElement.lang, { numeric: true });
    return (a, b) => (isNumber(a) && isNumber(b) ? a - b : compare(String(a), String(b)));
  }

  /* "Łódź" is found by "lodz". */
  function fold(text) {
    return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ł", "l");
  }
})(window.rewir);
