/* What is chosen: read from the address bar, written back to it. */
(function (rewir) {
  "use strict";

  const MARKS = ["area", "hotspot", "candidate", "cluster", "cell"];
  const MONTHS = /^(\d{4}-\d{2})\/(\d{4}-\d{2})$/;

  /* What a served page's path says; a file keeps the layer beside the rest. */
  rewir.Address = class {
    constructor(config, paths) {
      this.config = config;
      this.paths = paths;
      this.allowed = {
        layer: config.layers,
        level: config.levels.map(({ id }) => id),
        period: Object.keys(config.periods),
        category_group: Object.keys(config.groups),
        statistic: config.statistics.map(({ id }) => id),
        status: config.statuses,
      };
    }

    /* What it does not say, or says wrongly, is as the page was made. */
    read() {
      const query = new URLSearchParams(window.location.search);
      const state = {};
      for (const [name, allowed] of Object.entries(this.allowed)) {
        const value = name === "layer" ? this.layer(query) : query.get(name);
        state[name] = allowed.includes(value) ? value : this.config.start[name];
      }
      state.months = this.months(query.get("months"));
      for (const name of MARKS) state[name] = query.get(name);
      this.link();
      return state;
    }

    /* A new step for back and forward, unless it replaces the last one. */
    write(state, { replace = false } = {}) {
      const { layer, ...rest } = state;
      const query = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(this.paths ? rest : state)) {
        if (value === null) query.delete(name);
        else query.set(name, value);
      }
      if (state.status === "all") query.delete("status");
      const address = `${this.paths?.[layer] ?? ""}?${query}`;
      window.history[replace ? "replaceState" : "pushState"](null, "", address);
      this.link();
    }

    layer(query) {
      const { pathname } = window.location;
      if (!this.paths) return query.get("layer");
      return Object.keys(this.paths).find((layer) => this.paths[layer] === pathname);
    }

    /* "2026-01/2026-03" of months that there are data for, in this order; else null. */
    months(text) {
      const { first, n } = this.config.months;
      const [, from, to] = MONTHS.exec(text ?? "") ?? [];
      const at = [from, to].map((month) => (month ? rewir.monthsFrom(first, month) : -1));
      return at[0] >= 0 && at[1] < n && at[0] <= at[1] ? text : null;
    }

    /* The same place of the page in the other languages, in full, and in the rest of the site. */
    link() {
      const { search, pathname } = window.location;
      for (const link of document.querySelectorAll("a[data-lang]")) {
        const query = new URLSearchParams(search);
        query.set("lang", link.dataset.lang);
        link.setAttribute("href", `?${query}`);
      }
      for (const link of document.querySelectorAll("a[data-full]")) {
        const query = new URLSearchParams(search);
        query.delete("embed");
        link.setAttribute("href", `${this.paths ? pathname : ""}?${query}`);
      }
      const lang = new URLSearchParams(search).get("lang");
      for (const link of document.querySelectorAll("a[data-part]")) {
        link.setAttribute("href", lang ? `${link.dataset.part}?lang=${lang}` : link.dataset.part);
      }
    }
  };

  /* How many months the second lies after the first: 2 from "2025-12" to "2026-02". */
  rewir.monthsFrom = function (first, month) {
    const [a, b] = [first, month].map((text) => text.split("-").map(Number));
    return 12 * (b[0] - a[0]) + b[1] - a[1];
  };

  /* "2026-02" two months after "2025-12". */
  rewir.monthAfter = function (first, n) {
    const [year, month] = first.split("-").map(Number);
    const count = 12 * year + month - 1 + n;
    return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
  };
})(window.rewir);
