/* Areas: coloured by a statistic, or outlined under another layer. */
(function (rewir) {
  "use strict";

  const { isNumber } = rewir;
  const HIDDEN = "url(#hidden)";
  const SURE = 0.05;
  const ORDER = new Intl.Collator(undefined, { numeric: true });

  rewir.views.areas = {
    layer: "areas",
    mark: "area",
    needs: { level: true, statistic: true, status: true, months: true },
    // Hot spots are those of a half-year.
    beside: ({ months }) => (months === null ? ["hotspots"] : []),

    /* What must be asked for; another statistic or other months need nothing new. */
    key: ({ level, period, category_group: group, months }) => [level, period, group, months !== null].join(),

    async load(source, { level, period, category_group: group, months }, signal, config) {
      const { collection } = config.levels.find(({ id }) => id === level);
      const { forecast } = config;
      const ahead = level === forecast?.level && period === forecast.period;
      const rowsOf = async (name, filter) =>
        (await source.features(name, { ...filter, category_group: group, skipGeometry: true }, signal))
          .map((feature) => ({ fid: feature.id, ...feature.properties }));
      const [shapes, rows, forecasts, series] = await Promise.all([
        source.features(collection, {}, signal),
        rowsOf("area-periods", { level, period }),
        ahead ? rowsOf("forecasts", {}) : [],
        months === null ? null : rowsOf("area-series", { level }),
      ]);
      return { shapes, rows, forecasts: byArea(forecasts), series: series && rewir.makeSeries(series) };
    },

    /* The rows that the choices ask for, from what has been loaded. */
    derive({ shapes, rows, forecasts, series }, { months, status, level }, config) {
      const made = months === null ? rewir.rowsByStatus(rows, status)
        : rewir.rowsOfMonths(rows, series, months, { config, status });
      const known = made.sort(byPlace);
      const plain = months === null && status === "all";
      return { level, shapes, rows: known, byId: byArea(known), forecasts: plain ? forecasts : new Map() };
    },

    rows: ({ rows }) => rows,
    id: (row) => row.area_id,
    find: ({ byId }, id) => byId.get(id),

    draw({ areas }, { level, shapes, byId }, { words, config, choices, main }) {
      if (areas.level !== level) areas.setShapes(shapes);
      areas.level = level;
      const statistic = statisticOf(config, choices);
      const scale = scaleOf(config, choices);
      const colourOf = (id) => {
        const row = byId.get(id);
        return row?.suppressed ? HIDDEN : fillOf(scale.colourOf(row?.[columnOf(choices)]), row, statistic);
      };
      areas.paint(main ? colourOf : () => undefined, (id) => {
        const row = byId.get(id);
        return row ? this.describe(row, words, config, { ...choices, main })
          : words.say("described", { name: id, value: words.say("no_value") });
      });
    },

    clear() {},

    /* "IV-3: reports 26", as the pointer, the keyboard and the screen reader hear it. */
    describe(row, words, config, choices) {
      const column = choices.main === false ? "n_reports" : columnOf(choices);
      const value = row[column];
      let text = words.say(row.suppressed ? "hidden" : "no_value");
      if (isNumber(value)) text = words.say("described_value", { what: titleOf(column, choices, words), value });
      if (isNumber(value) && choices.main !== false && isUnsure(row, statisticOf(config, choices))) text += `; ${words.say(hatchOf(config, choices))}`;
      return words.say("described", { name: rewir.areaName(row, levelOf(config, choices), words), value: text });
    },

    legend(box, { words, config, choices }) {
      const statistic = statisticOf(config, choices);
      rewir.drawLegend(box, {
        words, statistic, scale: scaleOf(config, choices), title: titleOf(columnOf(choices), choices, words),
        hatch: statistic.hatch ? words.say(hatchOf(config, choices)) : null,
      });
    },

    columns(words, config, choices) {
      const level = levelOf(config, choices);
      const { statistic } = choices;
      const value = (key) => (row) => (row.suppressed ? null : row[key]);
      const text = (key, digits) => (row) => {
        if (row.suppressed) return words.say("hidden");
        return isNumber(row[key]) ? words.number(row[key], row[key] >= 10 ? Math.min(digits, 1) : digits) : "–";
      };
      const column = (key, name, digits) => ({
        key, title: words.say(`column_${name}`), tip: EXPLAINED.includes(name) ? words.say(`tip_${name}`) : null,
        numeric: true, value: value(key), text: text(key, digits),
      });
      const counted = rewir.countedBy(choices.status);
      const ratio = statistic === "rate_ratio_yoy" ? ["rate_ratio_yoy", "change", "rate_ratio", "95"] : ["smr_eb", "ratio", "smr_eb", "90"];
      const halfYear = choices.months === null && choices.status === "all";
      const rate = statistic === "rate_per_km2" ? ["rate_per_km2", "per_km2"] : ["rate_per_1000", "per_1000"];
      const interval = halfYear ? [ratio[2], ratio[3]] : [rate[0], "95"];
      const [low, high] = ["lo", "hi"].map((end) => `${interval[0]}_${end}${interval[1]}`);
      const bounds = (row) => [row[low], row[high]];
      return [
        { key: "name", title: words.say("column_area"), numeric: false, value: (row) => rewir.areaName(row, level, words), text: (row) => rewir.areaName(row, level, words) },
        column(counted, counted, choices.status === "expected" ? 1 : 0),
        column(...rate, 1),
        halfYear ? column(ratio[0], ratio[1], 2) : null,
        choices.status === "expected" ? null : {
          key: low, title: words.say(`column_interval_${interval[1]}`), numeric: true,
          tip: words.say(interval[1] === "90" ? "tip_interval" : "tip_interval_95"), value: value(low),
          text: (row) => (!row.suppressed && isNumber(bounds(row)[0]) ? words.between(...bounds(row)) : "–"),
        },
      ].filter(Boolean);
    },

    caption: (_, words, heading) => words.say("caption_areas", heading),

    panel(box, { one, words, href, config, choices, data }) {
      rewir.drawArea(box, {
        row: one, forecast: data.forecasts.get(one.area_id), level: levelOf(config, choices), words, href, config,
      });
    },

    summary({ rows }, words, heading, { choices }) {
      const column = rewir.countedBy(choices.status);
      const n = rows.reduce((sum, row) => sum + (row[column] ?? 0), 0);
      return words.say("told_areas", { ...heading, counted: words.say(COUNTED[choices.status], { n: choices.status === "expected" ? Math.round(n) : n }) });
    },
  };

  const COUNTED = { all: "reports", confirmed: "confirmed_reports", expected: "expected_reports" };
  const EXPLAINED = ["per_1000", "per_km2", "ratio", "change", "n_expected_confirmed"];

  function byArea(rows) {
    return new Map(rows.map((row) => [row.area_id, row]));
  }

  function byPlace(a, b) {
    if ((a.area_id === "unassigned") !== (b.area_id === "unassigned")) return a.area_id === "unassigned" ? 1 : -1;
    return ORDER.compare(a.area_id, b.area_id);
  }

  function levelOf({ levels }, { level }) {
    return levels.find(({ id }) => id === level);
  }

  function statisticOf({ statistics }, { statistic }) {
    return statistics.find(({ id }) => id === statistic);
  }

  /* The column that a statistic is by a rule of counting. */
  function columnOf({ statistic, status }) {
    return statistic === "n_reports" ? rewir.countedBy(status) : statistic;
  }

  /* The limits of the half-year's layer hold for any months: the legend stands still. */
  function scaleOf(config, choices) {
    return rewir.makeScale(config.breaks[choices.level]?.[columnOf(choices)] ?? [], statisticOf(config, choices));
  }

  function titleOf(column, { status }, words) {
    const rate = column.startsWith("rate_per") && status !== "all";
    return words.say(rate ? `statistic_${column}_${status}` : `statistic_${column}`);
  }

  /* Colour is not the only sign: what is known little of, or may be chance, is hatched. */
  function fillOf(colour, row, statistic) {
    return colour !== null && isUnsure(row, statistic) ? rewir.hatched(colour) : colour;
  }

  function isUnsure(row, { hatch }) {
    if (hatch === "few") return row.low_information === true;
    return hatch === "chance" && !(row.q_value <= SURE);
  }

  function hatchOf(config, choices) {
    return `hatch_${statisticOf(config, choices).hatch}`;
  }
})(window.rewir);
