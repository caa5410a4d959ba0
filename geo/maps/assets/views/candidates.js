/* Candidates: problems of beats that a plan of the next period could take up, and how sure their
   rank is. They are made once a release, for one period. */
(function (rewir) {
  "use strict";

  const { el, fill, isNumber } = rewir;
  // A group of the catalogue that runs across the others: what a beat officer can act on.
  const ACTIONABLE = "beat-officer";
  const ALL = "all";

  rewir.views.candidates = {
    layer: "candidates",
    mark: "candidate",
    needs: { level: true, statistic: false, status: false, months: false },
    beside: () => ["areas"],
    key: ({ category_group: group }) => group,

    /* The chosen ones first, then by rank. */
    async load(source, { category_group: group }, signal) {
      const found = await source.features("plan-candidates", filterOf(group), signal);
      const rank = ({ properties: p }) => p.rank_median ?? Infinity;
      return [...found].sort((a, b) => b.properties.selected - a.properties.selected || rank(a) - rank(b));
    },

    id: (candidate) => candidate.id,

    draw({ candidates }, data, { describe }) {
      candidates.setData(data, describe);
    },

    clear({ candidates }) {
      candidates.setData([], () => "");
    },

    describe({ properties: p }, words, config) {
      return words.say(p.selected ? "described_chosen" : "described_candidate", {
        name: nameOf(p, words), group: config.groups[p.category_group], rank: rankOf(p, words), chance: chanceOf(p, words, config),
      });
    },

    legend(box, { words, config, choices }) {
      const { k, period } = config.views.candidates;
      const classes = rewir.chanceClasses().map(({ colour }, i) => rewir.legendColour(colour, words.say(`legend_chance_${i}`)));
      fill(box,
        el("h2", { text: words.say("legend_candidates", { k }) }),
        el("ul", { class: "classes" }, ...classes),
        el("ul", { class: "signs" },
          rewir.signEntry(words.say("legend_chosen"), { fill: rewir.hatched("var(--card)"), edge: "var(--mark)", sign: "chosen" })),
        old(choices, words, config),
        el("p", { class: "aside", text: words.say("list_to_talk_about", { period }) }));
    },

    caption(data, words, heading, { config }) {
      const { period } = config.views.candidates;
      return words.say("caption_candidates", { ...heading, period });
    },

    columns(words, config) {
      const of = (key) => ({ properties }) => properties[key] ?? null;
      const name = ({ properties: p }) => (p.hotspot_id === null ? p.beat_id : nameOf(p, words));
      const group = ({ properties: p }) => config.groups[p.category_group] ?? p.category_group;
      return [
        { key: "name", title: words.say("column_beat"), numeric: false, value: name, text: name },
        { key: "category_group", title: words.say("column_problem"), numeric: false, value: group, text: group },
        { key: "selected", title: words.say("column_chosen"), numeric: true, value: ({ properties: p }) => Number(p.selected),
          text: ({ properties: p }) => words.say(p.selected ? "chosen_yes" : "chosen_no") },
        { key: "rank_median", title: words.say("column_rank"), tip: words.say("tip_rank"), numeric: true, value: of("rank_median"),
          text: ({ properties: p }) => rankOf(p, words) },
        { key: "p_top_k", title: words.say("column_chance", config.views.candidates), tip: words.say("tip_chance", config.views.candidates),
          numeric: true, value: of("p_top_k"), text: ({ properties: p }) => percentOf(p.p_top_k, words) },
      ];
    },

    panel(box, { one, words, href, config, data }) {
      const p = one.properties;
      const { say } = words;
      const { period, reasons, notes, n } = config.views.candidates;
      fill(box,
        el("p", { class: "eyebrow", text: say("candidate_for", { period }) }),
        el("h2", { text: nameOf(p, words), tabindex: "-1" }),
        el("p", { class: "when", text: [p.hotspot_id === null ? null : p.beat_name, config.groups[p.category_group]].filter(Boolean).join(" · ") }),
        el("p", { class: "pattern" }, p.selected ? rewir.sign("chosen") : null,
          el("span", { text: say(p.selected ? "chosen_because" : "not_chosen", { reason: reasons[p.selection_reason] ?? p.selection_reason }) })),
        p.suppressed ? rewir.parts.note(say("suppressed")) : null,
        isNumber(p.rank_lo90) ? rewir.parts.figure(say("rank_likely", { rank: rankOf(p, words), all: n }), chanceOf(p, words, config)) : null,
        isNumber(p.forecast_lo80) ? el("p", { class: "ahead", text: say("candidate_episodes", { interval: episodesOf(p, words), n: p.forecast_hi80, period }) }) : null,
        p.actionable === false ? rewir.parts.note(say("not_actionable")) : null,
        p.low_information ? rewir.parts.note(say("candidate_low")) : null,
        p.sensitivity_flag ? rewir.parts.note(say("candidate_sensitive")) : null,
        ...rewir.parts.notes(p.note, (code) => notes[code] ?? code),
        others(one, data, words, config),
        rewir.parts.aside(say("list_to_talk_about", { period })),
        prioritiesLink(p, words, href, config),
        rewir.parts.feedLink(href("plan-candidates", one.id), words),
      );
    },

    summary(data, words, heading, { config, choices }) {
      const { period } = config.views.candidates;
      const chosen = data.filter(({ properties: p }) => p.selected).length;
      const told = words.say("told_candidates", { n: data.length, chosen, group: heading.group, period });
      return isOld(choices, config) ? `${told} ${words.say("made_for", config.views.candidates)}` : told;
    },
  };

  function filterOf(group) {
    if (group === ALL) return {};
    return group === ACTIONABLE ? { actionable: true } : { category_group: group };
  }

  function nameOf({ name, hotspot_id: spot, beat_id: beat }, words) {
    return spot === null ? name : words.say("part_of_beat", { name, beat });
  }

  /* "1–5": the ranks that hold with a probability of 90%. */
  function rankOf({ rank_lo90: low, rank_hi90: high }, words) {
    if (!isNumber(low)) return "–";
    return low === high ? words.number(low, 0) : words.range(low, high, 0);
  }

  /* "in the top 36 with 7 chances in 10" */
  function chanceOf({ p_top_k: p }, words, { views: { candidates: { k } } }) {
    return isNumber(p) ? words.say("among_top", { k, chances: words.chances(p) }) : words.say("no_value");
  }

  /* In whole percent; what is nearly sure is not called sure. */
  function percentOf(p, words) {
    if (!isNumber(p)) return "–";
    const shown = p >= 0.995 ? `> ${words.number(99)}` : p < 0.005 ? `< ${words.number(1)}` : words.number(p * 100, 0);
    return words.say("percent", { percent: shown });
  }

  function episodesOf({ forecast_lo80: low, forecast_hi80: high }, words) {
    return low === high ? words.number(high) : words.range(low, high, 0);
  }

  /* The release has no candidates of earlier periods. */
  function isOld({ period }, { views: { candidates } }) {
    return period !== candidates.made_in;
  }

  function old(choices, words, config) {
    return isOld(choices, config) ? rewir.parts.note(words.say("made_for", config.views.candidates)) : null;
  }

  /* What else could be planned in the same beat. */
  function others(one, data, words, config) {
    const rest = data.filter((other) => other !== one && other.properties.beat_id === one.properties.beat_id);
    if (rest.length === 0) return null;
    const entry = ({ properties: p }) => el("li", {},
      el("span", { text: [p.hotspot_id === null ? null : p.name, config.groups[p.category_group]].filter(Boolean).join(", ") }),
      el("span", { text: p.selected ? words.say("rank_chosen", { rank: rankOf(p, words) }) : rankOf(p, words) }));
    return el("section", {},
      el("h3", { text: words.say("other_candidates", { beat: one.properties.beat_id }) }),
      el("ul", { class: "shares wide-shares" }, ...rest.map(entry)));
  }

  function prioritiesLink({ rewir_id: id }, words, href, { base_url: base, lang }) {
    if (href("plan-candidates", "") === null) return null;
    const query = new URLSearchParams({ rewir: id, lang });
    return el("p", { class: "feed" }, el("a", { href: `${base}/priorities?${query}`, text: words.say("priorities_of", { rewir: id }) }));
  }
})(window.rewir);
