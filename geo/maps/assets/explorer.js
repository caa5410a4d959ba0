/* The page: a small driver that keeps the choices, and asks the views to load and to draw them. */
(function (rewir) {
  "use strict";

  const CHOICES = ["layer", "level", "period", "category_group", "statistic", "status"];
  const CUSTOM = "custom";
  const PAN = ["pan", "pan_north", "pan_south", "pan_west", "pan_east", "pan_whole"];
  const { byId, el, fill } = rewir;

  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
    L.Map.mergeOptions({ zoomAnimation: false, fadeAnimation: false, inertia: false });
  }

  rewir.explore = function (map, layers) {
    const config = rewir.readJson("rewir-config");
    const explorer = new Explorer(map, layers, config, rewir.readJson("rewir-data"));
    explorer.start();
    return explorer;
  };

  class Explorer {
    constructor(map, layers, config, embedded) {
      this.map = map;
      this.layers = { map, ...layers };
      this.config = config;
      this.words = rewir.makeWords(config.lang, config.texts);
      this.source = rewir.makeSource(config, embedded);
      this.address = new rewir.Address(config, this.source.paths);
      this.loaded = {};
      this.shown = [];
      this.told = "";
    }

    start() {
      this.readAddress();
      for (const name of CHOICES) {
        for (const control of controls(name)) control.addEventListener("change", () => this.chosen(name, control.value));
      }
      this.slider = new rewir.MonthSlider(byId("months"), {
        config: this.config, words: this.words,
        moved: (months) => this.move(months), settled: (months) => this.chosen("months", months),
      });
      for (const [key, layer] of Object.entries(this.layers)) {
        layer.on("choose", ({ id }) => this.choose(this.on(key).mark, id));
        layer.on("speak", ({ text }) => this.tell(text));
      }
      window.addEventListener("popstate", () => { this.readAddress(); this.refresh(); });
      this.dress();
      this.drawControls(this.choices());
      rewir.views.areas.legend(byId("legend-areas"), { ...this, choices: this.choices() });
      this.fit();
      this.drawBackground();
      this.refresh();
    }

    /* What the page has beside the map: its buttons, its search, its own frame in another page. */
    dress() {
      const { map, words, config, source } = this;
      addControls(map, words, () => this.fit());
      for (const [key, layer] of Object.entries(this.layers)) layer.setName?.(words.say(`shapes_${key}`), "map-keys");
      new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
      if (new URLSearchParams(window.location.search).get("embed") === "1") document.body.classList.add("embed");
      foldWhileNarrow(byId("choices"));
      openDialog(byId("what-not"), document.querySelectorAll("[data-opens=what-not]"));
      rewir.search?.(byId("search"), { config, source, map, choose: (place) => this.goTo(place) });
    }

    get view() {
      return rewir.views[this.state.layer];
    }

    readAddress() {
      this.state = this.address.read();
      this.settle();
    }

    /* What is chosen, as far as the view heeds it. */
    choices() {
      const { needs } = this.view;
      const { months, status, ...rest } = this.state;
      return { ...rest, months: needs.months ? months : null, status: needs.status ? status : "all" };
    }

    /* Ratios and changes are worked out for whole half-years and all reports: else the count. */
    settle() {
      const { months, status } = this.choices();
      const plain = months === null && status === "all";
      const statistic = this.config.statistics.find(({ id }) => id === this.state.statistic);
      this.told = plain || !statistic.half_year ? "" : this.words.say("fallen_back");
      if (this.told) this.state.statistic = this.config.fallback;
      return plain;
    }

    chosen(name, value) {
      const { state } = this;
      cancelAnimationFrame(this.frame);
      this.frame = null;
      if (name === "period") Object.assign(state, this.periodOf(value));
      else state[name] = value;
      if (name === "level") state.area = null;
      if (name === "layer") this.forget(({ mark }) => !this.drawn().some((drawn) => drawn.mark === mark));
      if (["period", "category_group"].includes(name)) this.forget(({ mark }) => mark !== "area");
      this.settle();
      this.address.write(state);
      this.refresh();
    }

    /* A half-year, or the months of the one that was chosen. */
    periodOf(value) {
      const { periods, months } = this.config;
      return value === CUSTOM ? { months: rewir.monthsOf(periods[this.state.period], months) } : { period: value, months: null };
    }

    /* While a slider moves the map follows at most once a frame, from what is there already; the
       table waits until it rests. */
    move(months) {
      this.state.months = months;
      this.frame ??= requestAnimationFrame(() => { this.frame = null; this.refresh({ moving: true }); });
    }

    forget(which) {
      for (const view of Object.values(rewir.views)) if (which(view)) this.state[view.mark] = null;
    }

    choose(mark, id) {
      this.forget(() => true);
      this.state[mark] = id;
      this.address.write(this.state);
      this.drawChoice({ say: true });
    }

    /* An area of any level, from the search. */
    async goTo({ level, area }) {
      this.forget(() => true);
      Object.assign(this.state, { level, area });
      this.address.write(this.state);
      await this.refresh();
      this.layers.areas.show(area);
      this.drawChoice({ say: true });
    }

    async drawBackground() {
      try {
        const basemap = await this.source.basemap();
        this.layers.basemap.setData(basemap);
        this.layers.labels.setStreets(this.layers.basemap.streets());
        this.layers.labels.setNames("neighbour", this.layers.basemap.names());
      } catch (error) {
        this.fail(error);
      }
    }

    /* The views that the choices show: the one that was chosen, then those beside it. */
    drawn() {
      return [this.view, ...(this.view.beside?.(this.choices()) ?? ["areas"]).map((name) => rewir.views[name])];
    }

    /* Which of them a layer of the map belongs to. */
    on(key) {
      return this.shown.find(({ view }) => view.layer === key).view;
    }

    /* Load what the choices ask for, then draw everything at once; a newer choice wins. */
    async refresh({ moving = false } = {}) {
      // Tables that are still to be drawn are not given up for a slider that moves on.
      this.behind ||= !moving;
      this.asked?.abort();
      const asked = new AbortController();
      this.asked = asked;
      const [choices, views] = [this.choices(), this.drawn()];
      document.body.setAttribute("aria-busy", "true");
      try {
        const loaded = await Promise.all(views.map((view) => this.load(view, choices, asked.signal)));
        if (this.asked === asked) this.draw(views, loaded, choices);
      } catch (error) {
        if (error.name !== "AbortError") fill(byId("panel"), el("p", { class: "note", text: this.fail(error) }));
      } finally {
        if (this.asked === asked) document.body.removeAttribute("aria-busy");
      }
    }

    /* What a view has loaded for the same key is not asked for again. */
    async load(view, choices, signal) {
      const key = view.key?.(choices) ?? [choices.level, choices.period, choices.category_group].join();
      const name = nameOf(view);
      if (this.loaded[name]?.key !== key) this.loaded[name] = { key, data: await view.load(this.source, choices, signal, this.config) };
      return this.loaded[name].data;
    }

    draw(views, loaded, choices) {
      for (const { view } of this.shown) if (!views.includes(view)) view.clear(this.layers);
      this.shown = views.map((view, i) => ({
        view, name: nameOf(view), data: view.derive?.(loaded[i], choices, this.config) ?? loaded[i],
        choices: { ...choices, main: i === 0 },
      }));
      this.drawControls(choices);
      for (const one of this.shown) this.drawView(one);
      if (this.behind) {
        this.drawNames();
        this.drawTables();
      }
      this.behind = false;
      this.drawChoice({ say: false });
    }

    drawView({ view, data, choices }) {
      const { words, config } = this;
      const describe = (one) => view.describe(one, words, config, choices);
      view.draw(this.layers, data, { words, config, choices, describe, main: choices.main });
    }

    /* At first the whole city, beside the legend where that lies on the map. */
    fit() {
      const legend = document.querySelector(".legend");
      this.map.invalidateSize({ animate: false });
      const covers = getComputedStyle(legend).position === "absolute";
      const [south, west, north, east] = this.config.bounds;
      this.map.fitBounds([[south, west], [north, east]], {
        paddingTopLeft: [covers ? legend.offsetLeft + legend.offsetWidth : 8, 8], paddingBottomRight: [8, 8], animate: false,
      });
    }

    drawControls(choices) {
      const { state, view, config } = this;
      const values = { ...state, period: choices.months === null ? state.period : CUSTOM };
      for (const name of CHOICES) {
        for (const control of controls(name)) {
          if (control.type === "radio") control.checked = control.value === values[name];
          else control.value = values[name];
        }
      }
      for (const name of ["level", "statistic", "status"]) byId(`control-${name}`).hidden = !view.needs[name];
      byId("control-months").hidden = choices.months === null;
      if (choices.months !== null) this.slider.show(choices.months);
      for (const option of optionsOf("period", CUSTOM)) option.hidden = !view.needs.months || !config.months.series;
      this.drawLimits(choices);
      document.body.dataset.layer = state.layer;
      const subtitle = this.words.say(`title_${state.layer}`, { period: this.heading(choices).period });
      byId("subtitle").textContent = subtitle;
      document.title = `${config.city}: ${subtitle} · Rewir`;
    }

    /* Which statistics cannot be had of these months or by this rule, and why. */
    drawLimits({ months, status }) {
      const plain = months === null && status === "all";
      for (const { id, half_year: whole } of this.config.statistics) {
        for (const option of optionsOf("statistic", id)) option.disabled = Boolean(whole) && !plain;
      }
      byId("limits").hidden = plain || !this.view.needs.statistic;
    }

    /* Beats are named by the level shown, and by every view that names places. */
    drawBadge() {
      const level = this.config.levels.find(({ id }) => id === this.state.level);
      const named = this.state.layer !== "areas" || this.shown.some(({ view }) => view.mark !== "area" && this.state[view.mark] !== null);
      byId("badge-approximate").hidden = !(level.approximate || (this.config.approximate && named));
    }

    drawNames() {
      const { labels, areas } = this.layers;
      labels.setNames("area", areas.names());
      const keys = new Set(this.shown.map(({ view }) => view.layer).filter((key) => key !== "areas"));
      labels.setNames("hotspot", [...keys].flatMap((key) => this.layers[key].names()));
    }

    /* Legends and tables of the views that are shown, and what of them is said aloud. */
    drawTables() {
      const { words, config } = this;
      for (const name of config.layers) {
        const one = this.shown.find((shown) => shown.name === name);
        byId(`legend-${name}`).hidden = !one || (name === "areas" && !one.choices.main);
        byId(`box-${name}`).hidden = !one;
        byId(`box-${name}`).classList.toggle("main", Boolean(one?.choices.main));
        if (one) this.drawTable(one);
      }
      const heading = this.heading(this.shown[0].choices);
      this.summary = this.shown.map(({ view, data, choices }) => view.summary(data, words, heading, { config, choices })).join(" ");
      this.tell([this.told, this.summary].join(" ").trim());
    }

    drawTable({ view, name, data, choices }) {
      const { words, config } = this;
      view.legend(byId(`legend-${name}`), { words, config, data, choices });
      const heading = this.heading(choices);
      rewir.drawTable(byId(`table-${name}`), {
        columns: view.columns(words, config, choices), rows: rowsOf(view, data), id: (one) => view.id(one), words,
        caption: view.caption?.(data, words, heading, { config, choices }) ?? words.say(`caption_${name}`, heading),
        choose: (id) => this.fromTable(view, id),
      });
    }

    /* What captions speak of. */
    heading({ months, period, category_group: group, level }) {
      const { config, words } = this;
      return {
        period: months === null ? config.periods[period].label : words.months(months),
        until: config.periods[period].until, group: config.groups[group],
        level: config.levels.find(({ id }) => id === level).label,
      };
    }

    fromTable(view, id) {
      this.layers[view.layer].show(id);
      this.choose(view.mark, id);
    }

    /* The panel, and the marks on map and tables, of what is chosen. */
    drawChoice({ say }) {
      this.drawBadge();
      const { words, config, state } = this;
      const { href } = this.source;
      const found = this.found();
      const panel = byId("panel");
      const unknown = found ? null : this.unknown();
      if (found) found.view.panel(panel, { ...found, words, href, config });
      else fill(panel, unknown && el("p", { class: "note", text: unknown }), el("p", { class: "hint", text: words.say("hint") }));
      byId("chosen").textContent = found ? found.view.describe(found.one, words, config, found.choices) : "";
      if (unknown) this.tell(`${unknown} ${this.summary}`);
      for (const { view, name } of this.shown) {
        const id = found?.view === view ? state[view.mark] : null;
        this.layers[view.layer].choose(id);
        rewir.markRow(byId(`table-${name}`), id);
      }
      if (say && found) {
        this.tell(found.view.describe(found.one, words, config, found.choices));
        panel.scrollIntoView({ block: "nearest" });
      }
    }

    /* What is chosen, in the view that shows it. */
    found() {
      for (const shown of this.shown) {
        const { view, data } = shown;
        const id = this.state[view.mark];
        const one = id === null ? undefined : view.find?.(data, id) ?? rowsOf(view, data).find((row) => view.id(row) === id);
        if (one !== undefined) return { ...shown, one };
      }
      return null;
    }

    /* That the address names what this release does not have; null where it does, or names nothing. */
    unknown() {
      const marks = this.shown.map(({ view }) => view.mark);
      const mark = marks.find((name) => this.state[name] !== null);
      const id = this.state[mark];
      return mark === undefined || id === "unassigned" ? null : this.words.say(`no_such_${mark}`, { id });
    }

    tell(text) {
      byId("status").textContent = text;
    }

    /* What went wrong, said in words; what nobody could expect is an error of the page too. */
    fail(error) {
      const text = this.words.say("failed", { reason: error.message });
      this.tell(text);
      if (!error.expected) throw error;
      return text;
    }
  }

  function nameOf(view) {
    return Object.keys(rewir.views).find((name) => rewir.views[name] === view);
  }

  function rowsOf(view, data) {
    return view.rows?.(data) ?? data;
  }

  /* On a telephone the map comes first, and the choices when they are asked for. */
  function foldWhileNarrow(details) {
    const narrow = window.matchMedia("(max-width: 30rem)");
    const fold = () => { details.open = !narrow.matches; };
    narrow.addEventListener("change", fold);
    fold();
  }

  function controls(name) {
    return [...document.querySelectorAll(`#controls [name="${name}"]`)];
  }

  function optionsOf(name, value) {
    return controls(name).flatMap(({ options }) => [...options]).filter((option) => option.value === value);
  }

  /* A dialog over the page; Escape, its button and a press beside it close it. */
  function openDialog(dialog, openers) {
    for (const opener of openers) opener.addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || target.closest("[data-closes]")) dialog.close();
    });
  }

  function addControls(map, words, home) {
    const labels = Object.fromEntries(PAN.map((name) => [name, words.say(name)]));
    L.control.zoom({ position: "topright", zoomInTitle: words.say("zoom_in"), zoomOutTitle: words.say("zoom_out") }).addTo(map);
    new rewir.PanControl({ labels, home }).addTo(map);
    L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
    map.attributionControl.setPrefix(false);
    const box = map.getContainer();
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", words.say("map_keys"));
  }
})(window.rewir);
