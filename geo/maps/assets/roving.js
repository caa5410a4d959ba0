/* One stop of the Tab key for all shapes of a layer; inside it, other keys go from shape to shape. */
(function (rewir) {
  "use strict";

  // Degrees clockwise from the right, as seen on the map.
  const ARROWS = { ArrowRight: 0, ArrowDown: 90, ArrowLeft: 180, ArrowUp: 270 };
  const BACK = { ArrowRight: "ArrowLeft", ArrowLeft: "ArrowRight", ArrowDown: "ArrowUp", ArrowUp: "ArrowDown" };
  // A neighbour lies in a direction if its bearing differs by less than this.
  const WIDEST = 67.5;
  const MARGIN = 24;
  // Where the keys are told.
  const TOP = 64;
  // Maps whose tooltips Escape closes, wherever the focus is.
  const quiet = new WeakSet();

  /* `choose(id)` is called by Enter and the space bar, `seen(id)` (null: none) as the focus moves.
     Arrows go to the neighbour in their direction, Home and End to the first and the last shape,
     Page Up and Page Down through all of them, + and − zoom, Escape leaves for the map itself. */
  rewir.Roving = class {
    constructor(map, { choose, seen = () => {} }) {
      Object.assign(this, { map, choose, seen, stops: new Map(), order: [], current: null, chosen: null, called: {} });
      if (!quiet.has(map)) document.addEventListener("keydown", ({ key }) => { if (key === "Escape") closeTips(map); });
      quiet.add(map);
    }

    /* Forget the shapes, which are about to go; whether one of them has the focus is kept. */
    clear() {
      const stop = this.element(this.current);
      if (stop && stop === document.activeElement) this.lost = this.current;
      this.stops.clear();
      this.order = [];
      this.came = null;
    }

    /* Another shape, after all those that it follows; it must be on the map.
       `neighbours` are ids, null where they are not known. */
    add(id, shape, { label, neighbours = null, data = {} }) {
      const element = shape.getElement();
      const attributes = { role: "button", tabindex: "-1", "aria-pressed": "false", "aria-label": label, ...data };
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.addEventListener("focus", () => this.reached(id));
      element.addEventListener("blur", () => this.seen(null));
      element.addEventListener("keydown", (event) => this.key(event, id));
      this.stops.set(id, { id, shape, neighbours, at: this.map.project(boundsOf(shape).getCenter(), 0) });
      this.order.push(id);
      this.box = element.parentNode;
    }

    /* All shapes are there: one of them is the stop, and has the focus if one had it before. */
    ready() {
      const { lost } = this;
      this.dressBox();
      this.lost = undefined;
      const stop = [this.chosen, this.current, this.order[0]].find((id) => this.stops.has(id)) ?? null;
      this.current = null;
      if (stop !== null) this.stopAt(stop);
      if (lost === undefined) return;
      if (this.stops.has(lost)) this.focus(lost);
      else if (stop !== null) this.focus(stop);
      else this.map.getContainer().focus({ preventScroll: true });
    }

    /* What the group of shapes is called, and the element that says which keys it knows. */
    name(label, keys) {
      this.called = { "aria-label": label, "aria-describedby": keys };
      this.dressBox();
    }

    dressBox() {
      for (const [name, value] of Object.entries({ role: "toolbar", ...this.called })) {
        if (this.order.length > 0) this.box.setAttribute(name, value);
        else this.box?.removeAttribute(name);
      }
    }

    label(id, text) {
      this.element(id)?.setAttribute("aria-label", text);
    }

    /* Mark what is chosen; the Tab key comes back to it. */
    mark(id) {
      this.element(this.chosen)?.setAttribute("aria-pressed", "false");
      this.chosen = id;
      if (!this.stops.has(id)) return;
      this.element(id).setAttribute("aria-pressed", "true");
      this.stopAt(id);
    }

    element(id) {
      return this.stops.get(id)?.shape.getElement();
    }

    stopAt(id) {
      this.element(this.current)?.setAttribute("tabindex", "-1");
      this.element(id).setAttribute("tabindex", "0");
      this.current = id;
    }

    /* Give a shape the focus, where it can be seen. */
    focus(id) {
      this.reveal(id);
      this.element(id).focus({ preventScroll: true });
      this.map.getContainer().scrollIntoView({ block: "nearest" });
    }

    reached(id) {
      const element = this.element(id);
      this.stopAt(id);
      // The tooltip says what the label has just said.
      element.removeAttribute("aria-describedby");
      if (element.matches(":focus-visible")) this.reveal(id);
      this.seen(id);
    }

    /* Bring the middle of a shape, or all of it where it has room, out from under what lies on the map. */
    reveal(id) {
      const { map } = this;
      const bounds = boundsOf(this.stops.get(id).shape);
      const [west, east] = [coveredBy(".legend", map), coveredBy(".leaflet-top.leaflet-right", map)];
      const [a, b] = [map.latLngToContainerPoint(bounds.getNorthWest()), map.latLngToContainerPoint(bounds.getSouthEast())];
      const { x, y } = map.getSize();
      const roomy = b.x - a.x < x - west - east - 2 * MARGIN && b.y - a.y < y - TOP - MARGIN;
      for (const point of roomy ? [bounds.getNorthWest(), bounds.getSouthEast()] : [bounds.getCenter()]) {
        map.panInside(point, { paddingTopLeft: [west + MARGIN, TOP], paddingBottomRight: [east + MARGIN, MARGIN], animate: false });
      }
    }

    key(event, id) {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const { key } = event;
      if (key === "Enter" || key === " ") this.choose(id);
      else if (key === "Escape") this.leave();
      else if (key === "+" || key === "=") this.map.zoomIn();
      else if (key === "-") this.map.zoomOut();
      else if (key in ARROWS) this.go(id, key);
      else if (this.place(key, id) !== undefined) this.focus(this.order[this.place(key, id)]);
      else return;
      // The map, or the page, would move under the focus.
      event.preventDefault();
      event.stopPropagation();
    }

    /* Where a key leads to in the order of all shapes. */
    place(key, id) {
      const [here, last] = [this.order.indexOf(id), this.order.length - 1];
      return {
        Home: 0, End: last, PageUp: Math.max(0, here - 1), PageDown: Math.min(last, here + 1),
      }[key];
    }

    go(id, key) {
      const to = this.next(id, key);
      if (to === null) return;
      this.came = { at: to, key: BACK[key], from: id };
      this.focus(to);
    }

    /* The neighbour in a direction. Back is where the reader came from. */
    next(id, key) {
      if (this.came?.at === id && this.came.key === key) return this.came.from;
      const here = this.stops.get(id);
      const beside = (here.neighbours ?? []).map((one) => this.stops.get(one)).filter(Boolean);
      return beside.length > 0 ? straightest(here, beside, key) : nearest(here, this.stops.values(), key);
    }

    leave() {
      closeTips(this.map);
      this.map.getContainer().focus({ preventScroll: true });
    }
  };

  function boundsOf(shape) {
    return shape.getBounds?.() ?? L.latLngBounds([shape.getLatLng(), shape.getLatLng()]);
  }

  function closeTips(map) {
    map.eachLayer((layer) => layer.closeTooltip?.());
  }

  /* Of the neighbours, the one whose bearing differs least. */
  function straightest(here, others, key) {
    let best = { turn: WIDEST, id: null };
    for (const { id, at } of others) {
      const { turn } = towards(here.at, at, key);
      if (turn < best.turn) best = { turn, id };
    }
    return best.id;
  }

  /* Of all shapes, the one that is near and ahead, within 45 degrees. */
  function nearest(here, all, key) {
    let best = { far: Infinity, id: null };
    for (const { id, at } of all) {
      const { turn, along, aside } = towards(here.at, at, key);
      if (turn <= 45 && along + 2 * aside < best.far && along > 0) best = { far: along + 2 * aside, id };
    }
    return best.id;
  }

  /* How far a point lies ahead and aside, and how many degrees from straight ahead. */
  function towards(from, to, key) {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const ahead = (ARROWS[key] * Math.PI) / 180;
    const along = dx * Math.cos(ahead) + dy * Math.sin(ahead);
    const aside = Math.abs(dx * Math.sin(ahead) - dy * Math.cos(ahead));
    return { along, aside, turn: (Math.atan2(aside, along) * 180) / Math.PI };
  }

  /* How many pixels of the map's width something lies upon, unless it is too much to get away from. */
  function coveredBy(selector, map) {
    const element = map.getContainer().parentElement.querySelector(selector);
    const covers = element !== null && getComputedStyle(element).position === "absolute";
    const width = covers ? element.offsetWidth + MARGIN / 2 : 0;
    return width < map.getSize().x / 3 ? width : 0;
  }
})(window.rewir);
