/* The page: what is chosen, kept in the address bar, shown on the map, in the panel and the table. */
(function (rewir) {
  "use strict";

  const CHOICES = ["layer", "level", "period", "category_group", "statistic"];
  const { byId, el, fill, isNumber } = rewir;

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
    constructor(map, { basemap, areas, hotspots, labels }, config, embedded) {
      this.map = map;
      this.layers = { basemap, areas, hotspots, labels };
      this.config = config;
      this.words = rewir.makeWords(config.lang, config.texts);
      this.source = rewir.makeSource(config, embedded);
      this.state = {};
      this.shown = {};
    }

    start() {
      this.readAddress();
      for (const name of CHOICES) {
        for (const control of controls(name)) control.addEventListener("change", () => this.chosen(name, control));
      }
      this.layers.areas.on("choose", ({ id }) => this.chooseArea(id));
      this.layers.hotspots.on("choose", ({ id }) => this.chooseHotspot(id));
      window.addEventListener("popstate", () => { this.readAddress(); this.refresh(); });
      addControls(this.map, this.words);
      new ResizeObserver(() => this.map.invalidateSize({ pan: false })).observe(this.map.getContainer());
      this.fit();
      this.drawBackground();
      this.refresh();
    }

    /* State from the address; what it does not say, or says wrongly, is as the page was made. */
    readAddress() {
      const query = new URLSearchParams(window.location.search);
      for (const name of CHOICES) {
        const value = name === "layer" ? this.layerOf(window.location) : query.get(name);
        this.state[name] = allowed(name).includes(value) ? value : this.config.start[name];
      }
      this.state.area = query.get("area");
      this.state.hotspot = query.get("hotspot");
      linkLanguages();
    }

    /* A served page has a path for each layer; a file keeps the layer beside the rest. */
    layerOf({ pathname, search }) {
      const { paths } = this.source;
      if (!paths) return new URLSearchParams(search).get("layer");
      return Object.keys(paths).find((layer) => paths[layer] === pathname);
    }

    writeAddress() {
      const { layer, ...rest } = this.state;
      const query = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(this.source.paths ? rest : this.state)) {
        if (value === null) query.delete(name);
        else query.set(name, value);
      }
      const path = this.source.paths?.[layer] ?? "";
      window.history.pushState(null, "", `${path}?${query}`);
      linkLanguages();
    }

    chosen(name, control) {
      this.state[name] = control.value;
      if (name === "level") this.state.area = null;
      if (name === "period" || name === "category_group") this.state.hotspot = null;
      this.writeAddress();
      this.refresh();
    }

    chooseArea(id) {
      Object.assign(this.state, { area: id, hotspot: null });
      this.writeAddress();
      this.drawChoice({ say: true });
    }

    chooseHotspot(id) {
      Object.assign(this.state, { area: null, hotspot: id });
      this.writeAddress();
      this.drawChoice({ say: true });
    }

    async drawBackground() {
      try {
        const basemap = await this.source.basemap();
        this.layers.basemap.setData(basemap);
        this.layers.labels.setStreets(basemap.streets);
        this.layers.labels.setNames("neighbour", this.layers.basemap.names());
      } catch (error) {
        this.fail(error);
      }
    }

    /* Fetch what the choices ask for, then draw everything at once; a newer choice wins. */
    async refresh() {
      this.asked?.abort();
      const asked = new AbortController();
      this.asked = asked;
      const { level, period, category_group: group } = this.state;
      document.body.setAttribute("aria-busy", "true");
      try {
        const [shapes, rows, forecasts, hotspots, watched] = await Promise.all([
          this.source.shapes(level),
          this.source.rows({ level, period, group }, asked.signal),
          this.source.forecasts({ level, period, group }, asked.signal),
          this.source.hotspots({ period, group }, asked.signal),
          this.source.watched({ period, group }, asked.signal),
        ]);
        if (this.asked === asked) this.draw({ level, shapes, rows, forecasts, hotspots, watched });
      } catch (error) {
        if (error.name !== "AbortError") this.fail(error);
      } finally {
        if (this.asked === asked) document.body.removeAttribute("aria-busy");
      }
    }

    draw({ level, shapes, rows, forecasts, hotspots, watched }) {
      if (this.shown.level !== level) this.layers.areas.setShapes(shapes);
      const byArea = (found) => new Map(found.map((one) => [one.area_id, one]));
      this.shown = { level, rows: byArea(rows), forecasts: byArea(forecasts), hotspots };
      this.drawControls();
      this.drawAreas();
      this.layers.hotspots.setWatched(watched);
      this.layers.hotspots.setSpots(hotspots, (spot) => this.describeHotspot(spot));
      this.drawNames();
      this.drawTables();
      this.drawChoice({ say: false });
    }

    /* At first the whole city, beside the legend where that lies on the map. */
    fit() {
      const legend = document.querySelector(".legend");
      const covers = getComputedStyle(legend).position === "absolute";
      const [south, west, north, east] = this.config.bounds;
      this.map.fitBounds([[south, west], [north, east]], {
        paddingTopLeft: [covers ? legend.offsetLeft + legend.offsetWidth : 8, 8], paddingBottomRight: [8, 8], animate: false,
      });
    }

    drawControls() {
      for (const name of CHOICES) {
        for (const control of controls(name)) {
          if (control.type === "radio") control.checked = control.value === this.state[name];
          else control.value = this.state[name];
        }
      }
      document.body.dataset.layer = this.state.layer;
      const subtitle = this.words.say(`title_${this.state.layer}`, { period: this.period().label });
      byId("subtitle").textContent = subtitle;
      document.title = `${this.config.city}: ${subtitle} · Rewir`;
    }

    /* Beats are named by the level shown, and by every hot spot. */
    drawBadge() {
      const { layer, hotspot } = this.state;
      const named = this.level().approximate || (this.config.approximate && (layer === "hotspots" || hotspot !== null));
      byId("badge-approximate").hidden = !named;
    }

    drawAreas() {
      const statistic = this.statistic();
      const limits = this.config.breaks[this.state.level]?.[statistic.id] ?? [];
      const scale = rewir.makeScale(limits, statistic);
      const coloured = this.state.layer === "areas";
      this.layers.areas.paint(
        (id) => (coloured ? scale.colourOf(this.shown.rows.get(id)?.[statistic.id]) : undefined),
        (id) => this.describeArea(id),
      );
      byId("legend-areas").hidden = !coloured;
      rewir.drawLegend(byId("legend-areas"), { words: this.words, scale, statistic });
    }

    drawNames() {
      const { labels, areas, hotspots } = this.layers;
      labels.setNames("area", areas.names());
      labels.setNames("hotspot", hotspots.names());
    }

    drawTables() {
      const { words, shown } = this;
      const { label: period, until } = this.period();
      const heading = { period, group: this.config.groups[this.state.category_group] };
      const why = this.untested();
      const known = [...shown.rows.values()].sort(byPlace);
      rewir.drawAreaTable(byId("table-areas"), {
        rows: known, level: this.level(), words, choose: (id) => this.fromTable("areas", id),
        caption: words.say("caption_areas", { level: this.level().label, ...heading }),
      });
      rewir.drawHotspotTable(byId("table-hotspots"), {
        features: shown.hotspots, words, choose: (id) => this.fromTable("hotspots", id),
        caption: words.say(captionOf(shown.hotspots, why), { ...heading, until: words.date(until), why }),
      });
      const reports = known.reduce((sum, row) => sum + (row.n_reports ?? 0), 0);
      const hotspots = why ?? shown.hotspots.length;
      this.summary = words.say("told", { reports: words.say("reports", { n: reports }), hotspots, ...heading });
      this.tell(this.summary);
      fill(byId("untested"), why);
      byId("untested").hidden = why === null;
    }

    /* Why hot spots were not looked for in this period and group; null where they were. */
    untested() {
      const { period, category_group: group } = this.state;
      const { needed, untested } = this.config.hotspots;
      const found = untested[`${period}.${group}`];
      if (!found || this.shown.hotspots.length > 0) return null;
      if (!found.few) return this.words.say("untested_months");
      return isNumber(found.mean) ? this.words.say("untested_few", { mean: found.mean, needed: this.words.limit(needed) })
        : this.words.say("untested_sparse");
    }

    fromTable(layer, id) {
      this.layers[layer].show(id);
      if (layer === "areas") this.chooseArea(id);
      else this.chooseHotspot(id);
    }

    /* The panel, and the marks on map and tables, of what is chosen. */
    drawChoice({ say }) {
      this.drawBadge();
      const { words, shown } = this;
      const { area, hotspot } = this.state;
      const row = shown.rows.get(area);
      const spot = shown.hotspots.find((feature) => feature.id === hotspot);
      const unknown = row || spot ? null : this.unknown();
      const panel = byId("panel");
      const { href } = this.source;
      if (row) rewir.drawArea(panel, { row, forecast: shown.forecasts.get(area), level: this.level(), words, href, config: this.config });
      else if (spot) rewir.drawHotspot(panel, { feature: spot, words, href, config: this.config });
      else fill(panel, unknown && el("p", { class: "note", text: unknown }), el("p", { class: "hint", text: words.say("hint") }));
      if (unknown) this.tell(`${unknown} ${this.summary}`);
      this.layers.areas.choose(row ? area : null);
      this.layers.hotspots.choose(spot ? hotspot : null);
      rewir.markRow(byId("table-areas"), row ? area : null);
      rewir.markRow(byId("table-hotspots"), spot ? hotspot : null);
      if (say && (row || spot)) {
        this.tell(row ? this.describeArea(area) : this.describeHotspot(spot));
        panel.scrollIntoView({ block: "nearest" });
      }
    }

    /* That the address names what this release does not have; null where it does, or names nothing. */
    unknown() {
      const { area, hotspot } = this.state;
      if (area !== null && area !== "unassigned") return this.words.say("no_such_area", { id: area });
      return hotspot === null ? null : this.words.say("no_such_hotspot", { id: hotspot });
    }

    /* "IV-3: reports 26", as the pointer, the keyboard and the screen reader hear it. */
    describeArea(id) {
      const { words } = this;
      const row = this.shown.rows.get(id);
      if (row === undefined) return words.say("described", { name: id, value: words.say("no_value") });
      const statistic = this.state.layer === "areas" ? this.statistic().id : "n_reports";
      const value = row[statistic];
      const text = isNumber(value)
        ? words.say("described_value", { what: words.say(`statistic_${statistic}`), value })
        : words.say(row.suppressed ? "hidden" : "no_value");
      return words.say("described", { name: rewir.areaName(row, this.level(), words), value: text });
    }

    describeHotspot({ properties: p }) {
      const { words } = this;
      const value = isNumber(p.n_episodes) ? words.say("episodes", { n: p.n_episodes }) : words.say("hidden");
      return words.say("described_hotspot", { name: p.name ?? words.say("unnamed"), class: words.say(`short_${p.hot_class}`), value });
    }

    level() {
      return this.config.levels.find((level) => level.id === this.state.level);
    }

    period() {
      return this.config.periods[this.state.period];
    }

    statistic() {
      return this.config.statistics.find((statistic) => statistic.id === this.state.statistic);
    }

    tell(text) {
      byId("status").textContent = text;
    }

    fail(error) {
      this.tell(this.words.say("failed", { reason: error.message }));
      throw error;
    }
  }

  function captionOf(hotspots, why) {
    if (why !== null) return "caption_untested";
    return hotspots.length > 0 ? "caption_hotspots" : "caption_no_hotspots";
  }

  function controls(name) {
    return [...document.querySelectorAll(`#controls [name="${name}"]`)];
  }

  /* The values that a control of the page offers. */
  function allowed(name) {
    return controls(name).flatMap((control) =>
      (control.options ? [...control.options].map((option) => option.value) : [control.value]));
  }

  /* The same place of the same page in the other languages. */
  function linkLanguages() {
    for (const link of document.querySelectorAll("a[data-lang]")) {
      const query = new URLSearchParams(window.location.search);
      query.set("lang", link.dataset.lang);
      link.setAttribute("href", `?${query}`);
    }
  }

  function byPlace(a, b) {
    if ((a.area_id === "unassigned") !== (b.area_id === "unassigned")) return a.area_id === "unassigned" ? 1 : -1;
    return ORDER.compare(a.area_id, b.area_id);
  }

  const ORDER = new Intl.Collator(undefined, { numeric: true });

  function addControls(map, words) {
    L.control.zoom({ position: "topright", zoomInTitle: words.say("zoom_in"), zoomOutTitle: words.say("zoom_out") }).addTo(map);
    L.control.scale({ position: "bottomright", imperial: false }).addTo(map);
    map.attributionControl.setPrefix(false);
  }
})(window.rewir);
