/* The search box: suggestions under the pointer and the arrow keys, and the reader's own position.
   It stands in a form of any page, and in the head of the map. What is written is sent to this
   server only, in the body of a request, and is kept nowhere. Every value becomes text. */
window.rewir ??= {};
(function (rewir) {
  "use strict";

  const WAIT = 180;
  const SHORTEST = 2;
  const MOST = 8;
  const NEAR = 14.5; // zoom at which streets have names
  const PLACES = 4; // decimals of a degree: some ten metres
  const PATIENCE = 15000;
  const REASONS = { 1: "refused", 2: "no_position", 3: "too_late" };
  let boxes = 0;

  for (const form of document.querySelectorAll("form[data-search]")) onPage(form);

  /* In the head of the map: `choose` gets the level and the id of an area, `map` a mark. */
  rewir.search = function (box, { config, source, map, choose }) {
    const served = Boolean(source.paths);
    const say = speaker(config.lang, config.search);
    const ask = served ? asker(config.base_url, config.lang) : null;
    const form = frame(say, served);
    const areas = once(() => namesOf(config.levels, source));
    let mark = null;
    box.replaceChildren(form);
    // The names are there by the time that two letters are.
    form.addEventListener("focusin", () => areas().catch(() => null), { once: true });

    const tell = attach(form, {
      say,
      find: async (text, signal) => {
        const [known, remote] = await Promise.all([areas(), ask ? ask.suggestions(text, signal).catch(offline) : []]);
        const local = matching(known, text).map((area) => ({ text: area.name, note: area.label, area }));
        const others = remote.filter(({ area }) => !area).map((each) => ({ ...each, note: say(each.kind) }));
        // Somebody who writes an id means the area; otherwise some places are kept for streets.
        const some = local.slice(0, others.length ? Math.max(3, MOST - others.length) : MOST);
        return /\d/.test(text) && others.some(({ kind }) => kind === "address") ? [...others, ...some] : [...some, ...others];
      },
      pick: (item) => (item.area ? goTo(item.area) : item.place ? show(item.place) : look({ q: item.text })),
      enter: (text) => (ask ? look({ q: text }) : first(text)),
      here: served ? (position) => look(position) : null,
    });
    return form;

    /* Without the server the areas are still there. */
    function offline(error) {
      if (!error.unreachable) throw error;
      return [];
    }

    function goTo({ level, area_id: area }) {
      mark?.remove();
      mark = null;
      return choose({ level, area });
    }

    async function first(text) {
      const [area] = matching(await areas(), text);
      if (area) await goTo(area);
      else tell(say("no_area"));
    }

    async function look(question) {
      const { places, error, suggestions } = await ask.locate(question);
      if (error) return { told: error, items: (suggestions ?? []).map((text) => ({ text, note: say("address") })) };
      if (places.length === 1) return show(places[0]);
      const items = places.map((place) => ({ text: nameOf(place, say), note: place.areas[0]?.name ?? "", place }));
      return { told: say("several", { n: items.length }), items };
    }

    async function show(place) {
      const [area] = place.areas;
      const name = nameOf(place, say);
      if (area) await goTo(area);
      if (place.match !== "area") {
        mark = marked(map, place, name);
        map.setView([place.lat, place.lon], Math.max(map.getZoom(), NEAR));
      }
      return { told: area && place.match !== "area" ? say("at", { place: name, area: area.name }) : name, items: [] };
    }
  };

  /* In a form of a page: an area leads to its page, an address is sent. */
  function onPage(form) {
    const { search, lang, suggestions } = form.dataset;
    const say = speaker(lang, JSON.parse(search));
    const ask = asker(suggestions.replace(/\/locate\/suggestions.*$/, ""), lang);
    const input = form.querySelector("input");
    attach(form, {
      say,
      find: async (text, signal) => (await ask.suggestions(text, signal)).map((each) =>
        ({ ...each, note: each.area?.label ?? say(each.kind) })),
      pick: (item) => {
        if (item.area) window.location.assign(new URL(item.area.page).pathname + languageOf(form));
        else form.requestSubmit();
      },
      enter: null,
      here: (position) => {
        input.removeAttribute("name");
        input.required = false;
        for (const [name, value] of Object.entries(position)) form.append(make("input", { type: "hidden", name, value }));
        form.submit();
      },
    });
  }

  /* What every box does. `find` gives items {text, note, kind}; `pick` and `enter` may give
     {told, items}: what to say, and what to choose from instead. */
  function attach(form, { say, find, pick, enter, here }) {
    const id = `suggestions-${boxes += 1}`;
    const input = form.querySelector("input");
    const told = form.querySelector(".told");
    const list = make("ul", { id, role: "listbox", class: "suggestions", "aria-label": say("suggestions"), hidden: "" });
    let [items, at, timer, asked] = [[], -1, null, null];
    let quietUntil = 0;

    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off",
    })) input.setAttribute(name, value);
    input.after(list);
    input.addEventListener("input", () => later());
    input.addEventListener("keydown", key);
    input.addEventListener("blur", () => { stop(); close(); });
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) take(Number(option.dataset.number));
    });
    form.addEventListener("submit", (event) => {
      stop();
      close();
      if (!enter) return;
      event.preventDefault();
      if (input.value.trim()) act(() => enter(input.value.trim()));
    });
    const button = form.querySelector(".here");
    if (button && here) {
      button.hidden = false;
      button.addEventListener("click", () => locate());
    }
    return (text) => { told.textContent = text; };

    function later() {
      stop();
      // What was chosen among older suggestions is not meant any more.
      list.children[at]?.setAttribute("aria-selected", "false");
      input.removeAttribute("aria-activedescendant");
      at = -1;
      const text = input.value.trim();
      if (Date.now() < quietUntil) { close(); return; }
      if (text.length < SHORTEST) { close(); told.textContent = ""; return; }
      timer = setTimeout(() => suggest(text), WAIT);
    }

    function stop() {
      clearTimeout(timer);
      asked?.abort();
      asked = null;
    }

    async function suggest(text) {
      const mine = new AbortController();
      asked = mine;
      try {
        const found = await find(text, mine.signal);
        if (asked !== mine) return;
        open(found.slice(0, MOST));
        told.textContent = items.length ? say("count", { n: items.length }) : say("nothing_begins_so");
      } catch (error) {
        if (asked === mine) fail(error);
      }
    }

    function fail(error) {
      if (error.name === "AbortError") return;
      close();
      if (error.wait) quietUntil = Date.now() + error.wait * 1000;
      if (error.wait) told.textContent = say("too_many", { n: error.wait });
      else if (error.told || error.unreachable) told.textContent = error.told ?? say("unreachable");
      else throw error;
    }

    function open(found) {
      items = found;
      at = -1;
      list.replaceChildren(...items.map(({ text, note }, number) => make("li", {
        role: "option", id: `${id}-${number}`, "data-number": number, "aria-selected": "false",
      }, make("span", {}, text), note ? make("small", {}, note) : "")));
      list.hidden = items.length === 0;
      input.setAttribute("aria-expanded", String(items.length > 0));
      input.removeAttribute("aria-activedescendant");
    }

    function close() {
      open([]);
    }

    function move(step) {
      if (!items.length) return;
      list.children[at]?.setAttribute("aria-selected", "false");
      // One stop between the last and the first is what was written.
      at = ((at + 1 + step + items.length + 1) % (items.length + 1)) - 1;
      const option = list.children[at];
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    }

    function key(event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (items.length) move(event.key === "ArrowDown" ? 1 : -1);
        else later();
      } else if (event.key === "Enter" && at >= 0) {
        take(at);
      } else if (event.key === "Escape" && (items.length || input.value)) {
        if (!items.length) input.value = "";
        stop();
        close();
        told.textContent = "";
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
    }

    function take(number) {
      const item = items[number];
      stop();
      close();
      input.value = item.text;
      if (item.kind === "street") {
        input.value = `${item.text} `;
        input.focus();
        told.textContent = say("add_number");
        return;
      }
      act(() => pick(item));
    }

    async function act(doing) {
      try {
        const answer = await doing();
        if (!answer) return;
        told.textContent = answer.told;
        open(answer.items);
        if (answer.items.length) input.focus();
      } catch (error) {
        fail(error);
      }
    }

    /* Only when the button is pressed; nothing is asked of the device before. */
    function locate() {
      if (!window.isSecureContext || !navigator.geolocation) {
        told.textContent = say(window.isSecureContext ? "no_position" : "needs_https");
        return;
      }
      told.textContent = say("looking");
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => act(() => here({ lon: coords.longitude.toFixed(PLACES), lat: coords.latitude.toFixed(PLACES) })),
        ({ code }) => { told.textContent = say(REASONS[code] ?? "no_position"); },
        { timeout: PATIENCE, maximumAge: 60000 },
      );
    }
  }

  /* The server's two questions; their text is in the body, so that no log and no history has it. */
  function asker(base, lang) {
    const post = async (path, fields, signal) => {
      const answer = await fetch(`${base}${path}?lang=${encodeURIComponent(lang)}`, {
        method: "POST", body: new URLSearchParams(fields), signal, cache: "no-store", credentials: "same-origin",
        headers: { Accept: "application/json" },
      }).catch((error) => { throw Object.assign(error, { unreachable: error.name !== "AbortError" }); });
      const body = await answer.json();
      if (answer.status === 429) throw Object.assign(new Error("429"), { wait: Number(answer.headers.get("Retry-After")) || 1 });
      if (answer.ok || answer.status === 404) return body;
      throw Object.assign(new Error(String(answer.status)), { told: body.detail });
    };
    return {
      suggestions: async (text, signal) => (await post("/locate/suggestions", { q: text }, signal)).suggestions ?? [],
      locate: async (question) => {
        const { places, detail, suggestions } = await post("/locate", question);
        return places ? { places } : { error: detail, suggestions };
      },
    };
  }

  /* Names of all areas of all levels; where the source knows them already, nothing is asked. */
  async function namesOf(levels, source) {
    const filter = { skipGeometry: true };
    const found = await Promise.all(levels.map(async ({ id: level, collection, label }) =>
      (await source.features(collection, filter)).map(({ properties: p }) => ({
        level, label, area_id: p.area_id, name: p.name, plain: plain(`${p.name} ${p.area_id}`),
        first: [plain(p.area_id), plain(p.name), plain(`${label} ${p.area_id}`)],
      }))));
    return found.flat();
  }

  /* Areas whose id or name begins with the text, then those that have all its words. */
  function matching(areas, text) {
    const asked = plain(text);
    if (!asked) return [];
    const words = asked.split(" ");
    const rank = ({ first, plain: all }) => {
      if (first.includes(asked)) return 0;
      if (first.some((each) => each.startsWith(asked))) return 1;
      const parts = all.split(" ");
      return words.every((word) => parts.some((part) => part.startsWith(word))) ? 2 : null;
    };
    return areas.map((area) => ({ area, rank: rank(area) })).filter((each) => each.rank !== null)
      .sort((a, b) => a.rank - b.rank || ORDER.compare(a.area.area_id, b.area.area_id)).map(({ area }) => area);
  }

  const ORDER = new Intl.Collator(undefined, { numeric: true });

  /* Lower case, no diacritics, only letters and digits: "Bałuty-Centrum" is "baluty centrum". */
  function plain(text) {
    return String(text).toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/ł/g, "l")
      .replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }

  function nameOf({ street, number, match, areas }, say) {
    if (match === "area") return areas[0].name;
    return street ? [street, number].filter(Boolean).join(" ") : say("your_position");
  }

  function marked(map, { lat, lon }, name) {
    const spot = L.circleMarker([lat, lon], { radius: 8, weight: 3, className: "found", interactive: false });
    return spot.bindTooltip(make("span", {}, name), { permanent: true, direction: "top", offset: [0, -8], className: "tip" }).addTo(map);
  }

  function languageOf(form) {
    return new URL(form.action).search;
  }

  function speaker(lang, texts) {
    const plural = new Intl.PluralRules(lang);
    return (key, values = {}) => {
      const entry = texts[key];
      const text = typeof entry === "string" ? entry : entry[plural.select(values.n)] ?? entry.other;
      return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
    };
  }

  /* The form of the map's head, which nothing on the page needs to be there without a script. */
  function frame(say, served) {
    return make("form", { class: "search", role: "search" },
      make("label", { for: "search-input", class: "spoken" }, say(served ? "search" : "areas_only")),
      make("div", { class: "field" }, make("input", {
        id: "search-input", maxlength: 200, spellcheck: "false", placeholder: say(served ? "example" : "area_example"),
      })),
      make("button", {}, say("find")),
      served ? make("button", { type: "button", class: "here", hidden: "", title: say("here") }, sign(), make("span", {}, say("here"))) : "",
      make("p", { class: "told", role: "status" }));
  }

  /* A ring and its cross-hairs, as the form of the other pages has them. */
  function sign() {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    for (const [name, value] of Object.entries({ viewBox: "0 0 20 20", "aria-hidden": "true" })) svg.setAttribute(name, value);
    path.setAttribute("d", "M10 4a6 6 0 1 1 0 12a6 6 0 1 1 0-12M10 1v6M10 13v6M1 10h6M13 10h6");
    svg.append(path);
    return svg;
  }

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function once(ask) {
    let answer = null;
    return () => {
      answer ??= ask().catch((error) => { answer = null; throw error; });
      return answer;
    };
  }
})(window.rewir);
