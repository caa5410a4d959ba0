/* Density: the cells of a half-year's map, by the reports in them or by their smooth density. */
(function (rewir) {
  "use strict";

  const { el, fill, isNumber } = rewir;

  rewir.views.density = {
    layer: "cells",
    mark: "cell",
    needs: { level: true, statistic: false, status: false, months: false },
    beside: () => ["areas"],
    key: ({ period, category_group: group }) => [period, group].join(),

    /* The cells with most first, those with a hidden number last. */
    async load(source, { period, category_group: group }, signal, config) {
      const { column, columns } = config.views.density;
      const filter = { period, category_group: group, properties: columns.join() };
      const found = await source.features("hotspot-cells", filter, signal);
      const value = ({ properties: p }) => p[column] ?? -1;
      return [...found].sort((a, b) => value(b) - value(a));
    },

    id: ({ properties }) => properties.cell_id,

    draw({ cells }, data, { describe, config, choices }) {
      const { column } = config.views.density;
      const scale = scaleOf(config, choices);
      const colours = [scale.zero, ...scale.classes.map(({ colour }) => colour)];
      cells.setData(data, describe, {
        idOf: this.id, colours,
        classOf: ({ properties: p }) => (isNumber(p[column]) ? colours.indexOf(scale.colourOf(p[column])) : -1),
      });
    },

    clear({ cells }) {
      cells.setData([], () => "");
    },

    describe({ properties: p }, words, config) {
      return words.say("described", { name: nameOf(p, words), value: valueOf(p, words, config) });
    },

    legend(box, { words, config, data, choices }) {
      const { column } = config.views.density;
      const why = untested(data, words, config, choices);
      const scale = scaleOf(config, choices);
      // The smallest number that is not hidden.
      const statistic = { id: column, whole: column === "n_reports", least: scale.classes[0]?.from };
      rewir.drawLegend(box, { words, scale, statistic, title: words.say(`legend_${column}`), gaps: false });
      box.append(el("p", { class: "aside", text: words.say("legend_cells") }), ...(why ? [rewir.parts.note(why)] : []));
    },

    caption(data, words, heading, { config, choices }) {
      const why = untested(data, words, config, choices);
      if (why !== null) return words.say("caption_no_cells", { ...heading, why });
      return words.say("caption_density", { ...heading, side: sideOf(data), until: words.date(heading.until) });
    },

    columns(words, config) {
      const { column } = config.views.density;
      const name = ({ properties: p }) => nameOf(p, words);
      const number = (key, title, digits) => ({
        key, title: words.say(`column_${title}`), numeric: true, value: ({ properties: p }) => p[key] ?? null,
        text: ({ properties: p }) => (isNumber(p[key]) ? words.number(p[key], digits) : words.say("hidden")),
      });
      return [
        { key: "name", title: words.say("column_cell"), tip: words.say("tip_cell"), numeric: false, value: name, text: name },
        number("n_reports", "n_reports", 0),
        number("n_episodes", "episodes", 0),
        column === "n_reports" ? null : number(column, column, 1),
        { key: "hot_class", title: words.say("column_class"), tip: words.say("tip_class"), numeric: true,
          value: ({ properties: p }) => p.hot_class, text: ({ properties: p }) => words.say(`short_${p.hot_class}`) },
      ].filter(Boolean);
    },

    panel(box, { one, words, href, config, choices }) {
      const p = one.properties;
      const { say, number } = words;
      fill(box,
        el("p", { class: "eyebrow", text: say("cell_of", { side: p.cell_m }) }),
        el("h2", { text: nameOf(p, words), tabindex: "-1" }),
        el("p", { class: "when", text: [words.dates(p.period_start, p.period_end), config.groups[choices.category_group]].join(" · ") }),
        isNumber(p.n_reports)
          ? rewir.parts.figure(say("reports", { n: p.n_reports }), isNumber(p.n_episodes) ? say("episodes", { n: p.n_episodes }) : null)
          : rewir.parts.note(say("cell_hidden")),
        isNumber(p.kde_per_km2) ? rewir.parts.facts([[say("column_kde_per_km2"), number(p.kde_per_km2, 1)]]) : null,
        p.hot_class > 0 ? el("p", { class: `class class-${p.hot_class}`, text: say(`class_${p.hot_class}`) }) : null,
        rewir.parts.aside(say("not_here")),
        rewir.parts.feedLink(href("hotspot-cells", one.id), words),
      );
    },

    summary(data, words, heading, { config, choices }) {
      const why = untested(data, words, config, choices);
      if (why !== null) return words.say("told_no_cells", { why });
      const hidden = data.filter(({ properties: p }) => p.suppressed).length;
      return words.say("told_cells", { n: data.length, hidden });
    },
  };

  /* The limits of the release: the same for every half-year of a group. */
  function scaleOf({ views: { density } }, { category_group: group }) {
    return rewir.makeScale(density.breaks[group] ?? []);
  }

  function untested(data, words, config, choices) {
    return rewir.untested({ spots: data }, words, config, choices);
  }

  /* "VII-9, cell N2123 E2647": the beat that holds most of it, and its place on the grid. */
  function nameOf({ cell_id: id, beat_id: beat }, words) {
    const place = String(id).replace(/^\d+m(?=N)/, "").replace(/(?<=\d)E/, " E");
    return words.say(beat ? "cell_name" : "cell_outside", { beat, place });
  }

  function valueOf(p, words, { views: { density: { column } } }) {
    if (!isNumber(p[column])) return words.say("cell_is_hidden");
    return column === "n_reports" ? words.say("reports", { n: p.n_reports })
      : words.say("described_value", { what: words.say(`column_${column}`), value: p[column] });
  }

  function sideOf(data) {
    return data[0]?.properties.cell_m ?? 0;
  }
})(window.rewir);
