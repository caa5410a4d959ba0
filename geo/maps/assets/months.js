/* Any months in a row: two sliders, and the sums of what happened in them. */
(function (rewir) {
  "use strict";

  const { el, fill, isNumber } = rewir;
  // A month's part of a series, and the column that its sum stands in.
  const SERIES = {
    reports_by_month: "n_reports",
    episodes_by_month: "n_episodes",
    confirmed_by_month: "n_confirmed",
    expected_by_month: "n_expected_confirmed",
  };
  const PER = { rate_per_1000: ["pop_resident", 1000], rate_per_km2: ["area_km2", 1] };
  // Fewer episodes than these tell little, as in the release.
  const FEW = 10;

  /* Rows of `area-series` as running sums, which any months are the difference of two of. */
  rewir.makeSeries = function (rows) {
    return new Map(rows.map((row) => [row.area_id, { row, sums: sumsOf(row) }]));
  };

  function sumsOf(row) {
    const kept = Object.entries(SERIES).filter(([column]) => typeof row[column] === "string");
    return Object.fromEntries(kept.map(([column, name]) => {
      const sums = [0];
      for (const part of row[column].split(",")) sums.push(sums[sums.length - 1] + Number(part));
      return [name, sums];
    }));
  }

  /* Rows of these months, from those of a half-year (for what does not change) and the series.
     An area without a series is hidden: one of its half-years is. */
  rewir.rowsOfMonths = function (rows, series, months, { config, status }) {
    const [from, to] = months.split("/").map((month) => rewir.monthsFrom(config.months.first, month));
    const [start, end] = rewir.daysOf(months, config);
    return rows.map((row) => {
      const found = series.get(row.area_id);
      const counts = Object.fromEntries(Object.values(SERIES).map((name) => {
        const sums = found?.sums[name];
        return [name, sums ? tidy(sums[to + 1] - sums[from]) : null];
      }));
      const fixed = pick(row, ["area_id", "area_name", "parent_id", "area_km2", "pop_resident", "category_group"]);
      const made = { ...fixed, ...counts, months, period_start: start, period_end: end };
      return withRates({ ...made, suppressed: counts.n_reports === null }, status);
    });
  };

  /* A half-year's rows by another rule of counting. */
  rewir.rowsByStatus = function (rows, status) {
    if (status === "all") return rows;
    const kept = ["fid", "area_id", "area_name", "parent_id", "area_km2", "pop_resident", "category_group", "period",
      "period_start", "period_end", "n_reports", "n_episodes", "n_confirmed", "n_pending", "n_unconfirmed",
      "n_expected_confirmed", "suppressed"];
    return rows.map((row) => withRates(pick(row, kept), status));
  };

  /* The column that a rule counts by. Rates of all reports are those of episodes, as in the release. */
  rewir.countedBy = function (status) {
    return { all: "n_reports", confirmed: "n_confirmed", expected: "n_expected_confirmed" }[status];
  };

  function withRates(row, status) {
    const count = row[status === "all" ? "n_episodes" : rewir.countedBy(status)];
    const made = { ...row, low_information: isNumber(count) && count < FEW, summed: status };
    for (const [rate, [column, per]] of Object.entries(PER)) {
      made[rate] = isNumber(count) && row[column] > 0 ? (count / row[column]) * per : null;
      if (made[rate] !== null && status !== "expected") limitsWhenAsked(made, rate, { count, per: per / row[column] });
    }
    return made;
  }

  /* The limits of a rate are worked out for those who look, not for a thousand areas at each step. */
  function limitsWhenAsked(row, rate, { count, per }) {
    ["_lo95", "_hi95"].forEach((end, i) => Object.defineProperty(row, `${rate}${end}`, {
      enumerable: true, get: () => rewir.garwood(count)[i] * per,
    }));
  }

  /* First and last day with data of some months. */
  rewir.daysOf = function (months, { time }) {
    const [from, to] = months.split("/");
    const last = new Date(`${rewir.monthAfter(to, 1)}-01T00:00:00Z`);
    last.setUTCDate(last.getUTCDate() - 1);
    const days = [`${from}-01`, last.toISOString().slice(0, 10)];
    return [days[0] < time[0] ? time[0] : days[0], days[1] > time[1] ? time[1] : days[1]];
  };

  /* The months of a half-year that there are data for. */
  rewir.monthsOf = function (period, { first, n }) {
    const ends = [period.start, period.end].map((day) => rewir.monthsFrom(first, day.slice(0, 7)));
    const [from, to] = [Math.max(ends[0], 0), Math.min(ends[1], n - 1)];
    return `${rewir.monthAfter(first, from)}/${rewir.monthAfter(first, to)}`;
  };

  /* Sums of expected numbers are not whole; what binary fractions add to them goes. */
  function tidy(value) {
    return Math.round(value * 1e6) / 1e6;
  }

  function pick(row, names) {
    return Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
  }

  /* Two sliders, first and last month, and steps for both at once. `moved(months)` is called while
     they move, `settled(months)` when they rest. */
  rewir.MonthSlider = class {
    constructor(box, { config, words, moved, settled }) {
      Object.assign(this, { config, words, moved, settled });
      this.last = config.months.n - 1;
      this.from = this.slider("from", 0);
      this.to = this.slider("to", this.last);
      this.back = this.stepper(-1, "months_back", "‹");
      this.on = this.stepper(1, "months_on", "›");
      this.told = el("output", { for: "months-from months-to" });
      fill(box, el("span", { class: "told" }, this.told), this.back,
        el("span", { class: "sliders" }, ...[this.from, this.to].flatMap((input) => [labelOf(input, words), input])), this.on);
    }

    show(months) {
      const at = months.split("/").map((month) => rewir.monthsFrom(this.config.months.first, month));
      [this.from.value, this.to.value] = at;
      this.tell();
    }

    get value() {
      const [from, to] = [this.from, this.to].map((input) => rewir.monthAfter(this.config.months.first, Number(input.value)));
      return `${from}/${to}`;
    }

    slider(name, value) {
      const input = el("input", { type: "range", id: `months-${name}`, min: 0, max: this.last, step: 1, value, autocomplete: "off" });
      input.addEventListener("input", () => { this.push(input); this.tell(); this.moved(this.value); });
      input.addEventListener("change", () => this.settled(this.value));
      return input;
    }

    /* The first month is never after the last: the one that moves pushes the other. */
    push(moving) {
      if (Number(this.from.value) <= Number(this.to.value)) return;
      const other = moving === this.from ? this.to : this.from;
      other.value = moving.value;
    }

    /* Both ends a month earlier or later, as far as there are data. */
    stepper(step, key, sign) {
      const button = el("button", { type: "button", text: sign, "aria-label": this.words.say(key) });
      button.addEventListener("click", () => {
        const ends = [Number(this.from.value) + step, Number(this.to.value) + step];
        if (ends[0] < 0 || ends[1] > this.last) return;
        [this.from.value, this.to.value] = ends;
        this.tell();
        this.settled(this.value);
      });
      return button;
    }

    tell() {
      const { words } = this;
      const [from, to] = this.value.split("/");
      this.from.setAttribute("aria-valuetext", words.month(from));
      this.to.setAttribute("aria-valuetext", words.month(to));
      this.told.textContent = words.months(this.value);
      // A button that cannot do more stays in reach, so that the focus is not lost.
      this.back.setAttribute("aria-disabled", String(Number(this.from.value) === 0));
      this.on.setAttribute("aria-disabled", String(Number(this.to.value) === this.last));
    }
  };

  function labelOf(input, words) {
    return el("label", { for: input.id, text: words.say(input.id.replace("-", "_")) });
  }
})(window.rewir);
