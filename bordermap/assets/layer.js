// The page: opens the data, lays out header, map, legend and panel, and keeps them in step.

// Share of the map's width and height that is painted beyond each of its edges.
const BEYOND = 0.3;

// A pixel is half a metre: points that differ by more than their coordinates say lie apart.
const DEEPEST = 18;

const NOUGHT = new Map([["killed", "legend_none"], ["injured", "legend_none_injured"]]);

class App {
  constructor(store, map) {
    this.store = store;
    this.map = map;
    map.setMaxZoom(DEEPEST);
    this.colour = palette();
    this.points = new Points(store);
    const initial = store.meta.color_by;
    this.points.colourBy(initial || "");
  }

  async start(shapes, border) {
    const { map, store } = this;
    this.basemap = new Basemap(shapes, border);
    this.basemap.restore(readState());
    this.filters = new Filters(this);
    this.panel = new Panel(this);
    this.layOut();
    const { tiles } = store.meta;
    this.baseLayer = new CanvasLayer((context, view) => {
      this.basemap.paint(context, view, this.colour);
      if (!tiles) this.basemap.paintLines(context, view, this.colour);
    }, { padding: BEYOND, pane: "tilePane", later: true, first: true });
    this.lineLayer = tiles && new CanvasLayer((context, view) => {
      context.clearRect(0, 0, view.width, view.height);
      this.basemap.paintLines(context, view, this.colour);
    }, { padding: BEYOND, pane: "overlayPane", first: true });
    this.pointLayer = new CanvasLayer((context, view) => {
      this.view = view;
      this.seen = { size: map.getSize(), centre: map.getCenter(), zoom: map.getZoom() };
      view.covered = this.covered(view);
      this.points.paint(context, view, this.colour, this.basemap);
      this.drawLegendSizes();
    }, { padding: BEYOND, pane: "overlayPane", first: true });
    // All that takes room stands before the map is asked for its size: the page is laid out once.
    const state = readState();
    const finding = this.filters.restore(state);
    this.filters.apply();
    this.panel.restore(state);
    // The map need not wait for the texts of rows that a link asks for.
    const filling = this.panel.fill();
    if (this.panel.beginning().length) await filling;
    map.invalidateSize({ animate: false });
    this.fit(false);
    if (this.spare()) {
      this.panel.open(true);
      this.fit(false);
    }
    this.controls();
    this.listen();
    // The key to the sizes takes room from the map: it stands before the map is drawn.
    this.points.group(this.present());
    this.drawLegendSizes();
    map.invalidateSize({ animate: false });
    this.baseLayer.addTo(map);
    if (tiles) this.addTiles(tiles);
    this.pointLayer.addTo(map);
    await Promise.all([filling, this.panel.rejected]);
    if (finding) {
      await finding;
      await this.panel.fill();
    }
    if (store.meta.subject === "place") this.select(0, { from: "start" });
    else await this.restore(state);
    map.on("moveend", () => this.remember());
  }

  // The view that will be painted: what the map shows and some way beyond.
  present() {
    const { map } = this;
    const size = map.getSize();
    // As Leaflet sets the bounds of a renderer.
    const from = map.containerPointToLayerPoint(size.multiplyBy(-BEYOND)).round();
    return viewOf(map, L.bounds(from, from.add(size.multiplyBy(1 + 2 * BEYOND)).round()));
  }

  // Tiles lie over the offline shapes, which show wherever there is no tile.
  addTiles({ url, options }) {
    const { map } = this;
    map.createPane("bm-tiles").style.zIndex = 250;
    const layer = L.tileLayer(url, { ...options, pane: "bm-tiles" });
    layer.once("tileload", () => {
      this.basemap.tiled = true;
      this.pointLayer.redraw();
    });
    layer.addTo(map);
    this.lineLayer.addTo(map);
  }

  redrawLines() {
    (this.lineLayer || this.baseLayer).redraw();
    this.pointLayer.redraw();
    this.remember();
  }

  // Whether a shut panel leaves a wide region more height than it can use: then the table shows.
  spare() {
    const { map, panel, store } = this;
    if (!store.n || !panel.node.classList.contains("bm-shut")) return false;
    // Of one incident, what is known of it says more than the country around it.
    if (store.n === 1) return true;
    const [, s, , n] = store.meta.view;
    const used = (mercatorY(s) - mercatorY(n)) * 256 * 2 ** map.getZoom();
    const left = map.getSize().y - 0.44 * innerHeight;
    return left >= 180 && used + 16 <= left;
  }

  // What a link to this view must hold: the view, the incident, the filters.
  remember() {
    clearTimeout(this.remembering);
    // A brush goes over many steps: the address follows once it rests.
    this.remembering = setTimeout(() => this.write(), this.store.n > 5000 ? 200 : 0);
  }

  write() {
    if (!this.started) return;
    const { map, store, points } = this;
    const centre = map.getCenter();
    const state = this.filters.state();
    if (this.basemap.showBands) state.set("bands", "1");
    const hide = this.basemap.bands.filter(({ zone }) => zone && !this.basemap.zones.has(zone));
    if (hide.length) state.set("hide", hide.map(({ zone }) => zone).join("."));
    this.panel.state(state);
    // Within a pixel or two at every zoom.
    const digits = map.getZoom() > 9 ? 5 : 3;
    state.set("at", [map.getZoom(), centre.lat.toFixed(digits), centre.lng.toFixed(digits)].join("/"));
    if (points.selected >= 0) state.set("row", store.number("row", points.selected) ?? "");
    try {
      history.replaceState(null, "", "#" + String(state).replaceAll("%2F", "/"));
    } catch {
      // A page inside a frame may not have an address of its own.
    }
  }

  async restore(state) {
    const at = (state.get("at") || "").split("/").map(Number);
    const limits = [this.map.getMaxZoom(), 85, 540];
    if (at.length === 3 && at.every((v, j) => Math.abs(v) <= limits[j])) this.map.setView([at[1], at[2]], at[0], { animate: false });
    const row = Number(state.get("row"));
    if (state.has("row")) await this.store.load(["row"]);
    const column = this.store.columns.get("row");
    const index = column && state.has("row") ? column.values.indexOf(row) : -1;
    if (index >= 0) this.select(index, { from: "link" });
  }

  // A link to another view of this page was put into the address of the open one.
  async follow() {
    const { basemap, filters, panel, points, store } = this;
    const { meta } = store;
    const state = readState();
    if (meta.subject === "place") return this.restore(state);
    this.started = window.bordermap.ready = false;
    await store.loadColumns(state.get("colour"), state.get("size"));
    points.selected = -1;
    points.colourBy(meta.color_by || "");
    points.sizeBy(meta.size_by);
    basemap.restore(state);
    panel.sort = panel.unsorted;
    panel.show(panel.unasked, true);
    filters.reset();
    const finding = filters.restore(state);
    this.rebuildLegend();
    panel.restore(state);
    this.fit(false);
    await finding;
    await Promise.all([panel.fill(), panel.rejected]);
    await this.restore(state);
    this.redrawLines();
    this.started = window.bordermap.ready = true;
    return this.remember();
  }

  reduced() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  fit(animate) {
    const [w, s, e, n] = this.store.meta.view;
    const { map } = this;
    const small = map.getSize().x < 700;
    // Half a step of zoom lost would be a third of a small map.
    const { zoomSnap } = map.options;
    if (small) map.options.zoomSnap = 0.05;
    map.fitBounds([[s, w], [n, e]], {
      paddingTopLeft: small ? [20, 26] : [46, 40], paddingBottomRight: small ? [20, 30] : [46, 46],
      maxZoom: 11, animate: animate && !this.reduced(),
    });
    map.options.zoomSnap = zoomSnap;
  }

  // Where the map's controls lie over a view of it.
  covered(view) {
    const holder = this.map.getContainer();
    const corner = holder.getBoundingClientRect();
    const x = view.inner[0] - corner.left;
    const y = view.inner[1] - corner.top;
    return [...holder.querySelectorAll(".leaflet-control")].map((control) => {
      const box = control.getBoundingClientRect();
      return [box.left + x - 4, box.top + y - 4, box.right + x + 4, box.bottom + y + 4];
    });
  }

  // --- layout ------------------------------------------------------------------------------------

  layOut() {
    const { meta } = this.store;
    const body = document.body;
    body.classList.add("bm");
    const holder = this.map.getContainer();
    holder.setAttribute("role", "application");
    holder.setAttribute("aria-label", t("map_help"));
    this.summary = make("p", { class: "bm-summary" });
    const border = t.border(meta.border.label);
    const title = meta.title || (this.store.n ? t("incidents") : border.charAt(0).toUpperCase() + border.slice(1));
    this.head = make("header", { class: "bm-head" }, said(title, "h1"), this.summary);
    if (meta.protection) this.head.append(make("p", { class: "bm-protected", text: this.protectedBy(meta.protection) }));
    this.stage = make("main", { class: "bm-stage", id: "bm-stage" });
    const skip = this.store.n ? make("a", { class: "bm-skip", href: "#bm-table", text: t("skip") }) : null;
    if (skip) skip.addEventListener("click", (event) => {
      event.preventDefault();
      this.panel.show("incidents");
      this.panel.table.focus();
    });
    body.prepend(...[skip, this.head, this.stage].filter(Boolean));
    // Where there is little room it is the map's.
    this.legend = make("details", { class: "bm-legend", open: !matchMedia("(max-width: 760px), (max-height: 620px)").matches });
    this.stage.append(holder);
    const key = make("section", { class: "bm-key", "aria-label": t("legend") }, this.legend);
    const foot = this.footer();
    body.append(this.panel.node, key, foot);
    // What is longer than its room can be scrolled by keyboard too.
    const room = new ResizeObserver((all) => {
      for (const { target } of all) {
        if (target.scrollHeight > target.clientHeight + 1) target.tabIndex = 0;
        else target.removeAttribute("tabindex");
      }
    });
    for (const node of [foot, this.head.firstChild]) room.observe(node);
    this.buildLegend();
    this.legend.addEventListener("toggle", () => this.map.invalidateSize({ animate: false }));
    if (matchMedia("(max-width: 760px)").matches) this.panel.open(this.panel.unasked !== "incidents");
  }

  // A point that was moved must not be taken for the place itself.
  protectedBy({ method, km, rows }) {
    const numbers = { n: t.integer(rows), total: t.integer(this.store.n) };
    const share = rows === this.store.n ? t("protected_all") : t("protected_some", numbers);
    return t("protected_" + method, { share, km: String(km) });
  }

  footer() {
    const { meta } = this.store;
    const line = make("footer", { class: "bm-foot" });
    const seen = [];
    for (const credit of meta.credits) {
      // Only the name of a file, or of a line of the user's own.
      if (["incidents", "border"].includes(credit.role) && credit.attribution === credit.name && !credit.licence) continue;
      if (credit.role === "tiles") {
        line.append(make("span", {}, ...attribution(meta.tiles)));
        continue;
      }
      credit.attribution.split(/;\s*/).forEach((piece, j) => {
        if (!piece || seen.some((one) => piece.includes(one))) return;
        seen.push(piece);
        const licence = !j && /^(ODbL|CC)/.test(credit.licence) && !piece.includes(credit.licence) ? `, ${credit.licence}` : "";
        line.append(said(piece + licence, "span"));
      });
    }
    if (meta.made) line.append(make("span", { text: t("made", { date: t.date(meta.made) }) }));
    return line;
  }

  controls() {
    const { map } = this;
    L.control.zoom({ position: "topright", zoomInTitle: t("zoom_in"), zoomOutTitle: t("zoom_out") }).addTo(map);
    L.control.scale({ position: map.getSize().x < 700 ? "bottomleft" : "bottomright", metric: true, imperial: true, maxWidth: 120 }).addTo(map);
    const home = L.control({ position: "topright" });
    home.onAdd = () => {
      const box = make("div", { class: "leaflet-bar bm-home" }, iconButton("home", t("show_all_map"), () => this.fit(true), { class: "bm-home-button" }));
      L.DomEvent.disableClickPropagation(box);
      return box;
    };
    home.addTo(map);
  }

  // --- legend -----------------------------------------------------------------------------------

  buildLegend() {
    const { points, store, legend } = this;
    const { meta } = store;
    const columns = make("div", { class: "bm-legend-body" });
    legend.replaceChildren(make("summary", { text: t("legend") }), columns);
    this.legendSizes = null;
    this.legendKinds = [];
    if (store.n && points.classNames.length) columns.append(this.legendClasses());
    const areas = store.n ? this.legendAreas() : null;
    if (areas?.children.length) columns.append(areas);
    const signs = make("ul", { class: "bm-signs" }, this.sign("border", t("legend_border")));
    if (store.n > 1) signs.append(this.sign("group", t("legend_group")));
    if (meta.has_fuzzy) signs.append(this.sign("fuzzy", t("legend_fuzzy")));
    if (store.has("radius_m")) signs.append(this.sign("uncertain", t("legend_uncertain")));
    if (store.has("border_km")) signs.append(this.sign("link", t("legend_link")));
    const check = (text, on, set, kind) => {
      const box = make("input", { type: "checkbox", class: kind, checked: on, onchange: () => {
        set(box.checked);
        this.redrawLines();
      } });
      signs.append(make("li", {}, make("label", { class: "bm-check" }, box, text)));
    };
    const { basemap } = this;
    if (store.bands.length) {
      const list = t.list(store.bands.map(t.upToTwo));
      check(t("bands", { list: `${list} ${t.unit}` }), basemap.showBands, (on) => (basemap.showBands = on));
    }
    for (const { zone } of basemap.bands) {
      if (zone) check(`${t("zone_" + zone)} (${t("note_" + zone)})`, basemap.zones.has(zone), (on) => basemap.zones[on ? "add" : "delete"](zone), "bm-zone");
    }
    columns.append(signs);
  }

  sign(kind, text) {
    return make("li", {}, make("span", { class: "bm-sign bm-sign-" + kind, "aria-hidden": "true" }), make("span", { text }));
  }

  legendClasses() {
    const { points, store } = this;
    const box = make("div", { class: "bm-legend-classes" });
    const choices = colourChoices(store);
    if (choices.length > 1) {
      box.append(make("label", { class: "bm-choice bm-colour-by" }, make("span", { class: "bm-label", text: t("colour_by") }),
        make("select", { onchange: (event) => this.recolour(event.target.value) },
          ...choices.map(([value, text]) => make("option", { value, text, selected: value === points.colouredBy })))));
    }
    const list = make("ul", { class: "bm-classes", title: t("legend_filter") });
    points.classNames.forEach((name, j) => {
      const swatch = make("span", { class: "bm-swatch", "aria-hidden": "true" });
      swatch.style.background = points.colours[j];
      const count = make("span", { class: "bm-count" });
      const button = make("button", { type: "button", "aria-pressed": "true", onclick: () => this.filters.toggle(j) }, swatch, said(name, "span", { class: "bm-class" }), count);
      this.legendKinds.push({ button, count });
      list.append(make("li", {}, button));
    });
    const label = choices.find(([key]) => key === points.colouredBy);
    if (label) box.append(make("p", { class: choices.length > 1 ? "bm-label bm-only-print" : "bm-label", text: `${t("colour_by")}: ${label[1]}` }));
    box.append(list);
    return box;
  }

  legendAreas() {
    const { points, store } = this;
    const { measure } = points;
    const box = make("div", { class: "bm-legend-sizes" });
    const choices = sizeChoices(store);
    if (store.n > 1 && choices.length) {
      box.append(make("label", { class: "bm-choice bm-size-by" }, make("span", { class: "bm-label", text: t("size_by") }),
        make("select", { onchange: (event) => this.resize(event.target.value) },
          ...choices.map(([value, text]) => make("option", { value, text, selected: value === (measure || ALIKE) })))));
    }
    if (!measure) return box;
    const label = areaLabel(measure);
    this.legendSizes = make("canvas", { class: "bm-sizes", role: "img", "aria-label": label });
    box.append(make("p", { class: box.children.length ? "bm-label bm-only-print" : "bm-label", text: label }), make("div", { class: "bm-sizes-room" }, this.legendSizes));
    if (points.values.some((v) => !(v > 0))) {
      box.append(make("ul", { class: "bm-signs" }, this.sign("none", t(NOUGHT.get(measure) ?? "legend_nought"))));
    }
    return box;
  }

  drawLegendSizes() {
    const canvas = this.legendSizes;
    if (!canvas || this.drawnK === this.points.k) return;
    this.drawnK = this.points.k;
    const context = canvas.getContext("2d");
    const key = new SizeKey(this.points, context);
    const ratio = window.devicePixelRatio || 1;
    canvas.width = key.width * ratio;
    canvas.height = key.height * ratio;
    canvas.style.width = key.width + "px";
    canvas.style.height = key.height + "px";
    context.scale(ratio, ratio);
    key.draw(context, 2, key.height - 4, this.colour);
  }

  async recolour(key) {
    await this.store.load([key]);
    this.points.colourBy(key);
    this.filters.hidden.clear();
    this.rebuildLegend(".bm-colour-by select");
  }

  async resize(key) {
    await this.store.amounts(key);
    this.points.sizeBy(key === ALIKE ? null : key);
    this.rebuildLegend(".bm-size-by select");
  }

  rebuildLegend(chosen) {
    this.drawnK = null;
    this.buildLegend();
    this.filters.apply();
    if (chosen) this.legend.querySelector(chosen)?.focus();
  }

  // --- keeping in step -----------------------------------------------------------------------------

  refresh() {
    const { store, points, filters } = this;
    const { meta } = store;
    window.bordermap.count = filters.total;
    this.legendKinds.forEach(({ button, count }, j) => {
      button.setAttribute("aria-pressed", String(!filters.hidden.has(j)));
      count.textContent = compact(filters.classCounts[j]);
    });
    // Details of what a filter hides would be of nothing on the map.
    if (points.selected >= 0 && !points.shown[points.selected]) {
      if (this.panel.detail.hidden) this.deselect();
      else this.back();
    }
    this.pointLayer.redraw();
    const parts = [];
    if (meta.subject === "place") {
      parts.push(t.both(store.number("border_km", 0)));
    } else if (store.n || meta.rejected_count) {
      const { total } = filters;
      parts.push(total < store.n ? t("shown_of", { shown: t.integer(total), total: t.integer(store.n) }) : t.count("incident", total));
      for (const key of ["killed", "injured"]) {
        const sum = filters.sums.get(key);
        if (sum) parts.push(t.count(key, sum));
      }
      const dates = this.dates();
      if (dates) parts.push(dates);
    }
    parts.push(t("measured_to", { border: t.border(store.meta.border.label) }));
    // On paper there is no panel that lists them.
    if (meta.rejected_count) parts.push(t.count("unplaced", meta.rejected_count));
    this.summary.replaceChildren(...parts.map((part) => said(part, "span")));
    if (this.panel.table && this.started) this.panel.refill();
    this.remember();
  }

  dates() {
    const { low, high } = this.filters.tally;
    if (low === Infinity) return "";
    const a = t.date(Math.floor(low / 10000) * 10000);
    const b = t.date(Math.floor(high / 10000) * 10000);
    return low === high ? t.date(low) : a === b ? a : `${a}–${b}`;
  }

  select(row, { from, group } = {}) {
    this.points.selected = row;
    this.panel.incident(row, group, from === "start").then(() => {
      this.panel.mark();
      if (from === "table" || from === "step") this.panel.detail.focus({ preventScroll: true });
      if (from !== "link") this.frame(row);
      this.pointLayer.redraw();
      this.remember();
    });
  }

  // Bring an incident and its way to the border into view, moving no more than needed.
  frame(row) {
    const { store, map } = this;
    const here = L.latLng(store.at(row));
    const there = store.number("nearest_lat", row) === null ? here : L.latLng(store.at(row, NEAREST));
    const seen = map.getBounds().pad(-0.06);
    const animate = !this.reduced();
    if (seen.contains(here) && seen.contains(there)) return;
    const both = L.latLngBounds(here, there);
    const zoom = Math.min(map.getZoom(), map.getBoundsZoom(both, false, L.point(90, 90)));
    map.setView(seen.contains(here) && zoom === map.getZoom() ? both.getCenter() : both.getCenter(), Math.max(zoom, map.getMinZoom()), { animate });
  }

  // So close that the way to the border is as long as half the map.
  zoomToWay(row) {
    const { store, map } = this;
    map.fitBounds(L.latLngBounds(store.at(row), store.at(row, NEAREST)).pad(0.4), { maxZoom: 13, animate: !this.reduced() });
  }

  deselect() {
    if (this.points.selected < 0) return;
    this.points.selected = -1;
    this.pointLayer.redraw();
    this.panel.mark();
    this.remember();
  }

  // From the details to the table, and to the row that they were of; who worked the map stays there.
  back() {
    const { panel, points, store } = this;
    if (store.meta.subject === "place") return;
    if (panel.detail.hidden) return this.deselect();
    const row = points.selected;
    const within = panel.detail.contains(document.activeElement);
    this.deselect();
    panel.show("incidents");
    const pick = panel.body.querySelector(`tr[data-row="${row}"] .bm-pick`);
    if (within) (pick || panel.table).focus();
    else pick?.scrollIntoView({ block: "nearest" });
  }

  zoomTo(rows) {
    const { map, store } = this;
    const bounds = L.latLngBounds(rows.slice(0, 5000).map((row) => store.at(row)));
    const { x, y } = map.getSize();
    const room = L.point(Math.min(140, x / 2), Math.min(140, y / 2));
    // A single point gets its surroundings; others come closer each time, until they are apart.
    const single = bounds.getSouthWest().equals(bounds.getNorthEast(), 1e-9);
    const zoom = single ? Math.max(12, map.getZoom()) : Math.max(map.getBoundsZoom(bounds, false, room), map.getZoom() + 1);
    map.setView(bounds.getCenter(), Math.min(zoom, DEEPEST), { animate: !this.reduced() });
  }

  listen() {
    const { map, points } = this;
    this.pointer = new Pointer(this);
    map.getContainer().addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.back();
      const step = { n: 1, p: -1, N: 1, P: -1 }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      this.store.load().then(() => {
        const rows = this.panel.rows;
        if (!rows || !rows.length) return;
        const at = rows.indexOf(points.selected);
        this.select(rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : (at + step + rows.length) % rows.length], { from: "map" });
      });
    });
    this.panel.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.panel.detail.hidden) this.back();
    });
    const repaint = () => {
      this.colour = palette();
      this.drawnK = null;
      this.baseLayer.redraw();
      this.pointLayer.redraw();
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
    addEventListener("beforeprint", () => printed(this, repaint));
    addEventListener("hashchange", () => this.follow());
    const holder = map.getContainer();
    new ResizeObserver(() => {
      if (holder.clientWidth && holder.clientHeight) map.invalidateSize({ animate: false });
    }).observe(holder);
  }

  // All that is shown at the very point of an incident.
  at(row) {
    const { x, y, shown } = this.points;
    const rows = [];
    for (let i = 0; i < x.length; i++) if (shown[i] && x[i] === x[row] && y[i] === y[row]) rows.push(i);
    return this.byDate(rows);
  }

  byDate(rows) {
    const column = this.store.columns.get("date");
    return column ? rows.slice().sort((a, b) => column.values[b] - column.values[a] || a - b) : rows;
  }
}

function readState() {
  return new URLSearchParams(location.hash.slice(1));
}

window.bordermap.begin = async function (meta, section, map) {
  const store = new Store(meta, section);
  const { border } = meta;
  const coming = Promise.all([
    store.begin(), store.shapes(), store.section(border.at), ...border.bands.map(([, at]) => store.section(at)), store.loadColumns(readState().get("colour"), readState().get("size")),
  ]);
  // Inflating goes on beside this, which takes a while.
  t.setUp(await store.json(meta.strings), meta.units);
  const [, shapes, lines, ...bands] = await coming;
  const app = new App(store, map);
  await app.start(shapes, { quantum: border.quantum, lines, bands: border.bands.map(([km, , quantum, zone], j) => ({ km, quantum, zone, lines: bands[j] })) });
  app.started = true;
  // The task after a frame: all of it is painted.
  await new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(null);
  }));
  window.bordermap.ready = true;
  // What lies beyond the edges of the map, and what the first choice of an incident needs, is got ready
  // while nobody asks for anything.
  const layers = [app.baseLayer, app.lineLayer, app.pointLayer].filter(Boolean);
  for (const layer of layers) layer.options.first = false;
  const rest = window.requestIdleCallback || setTimeout;
  const beyond = () => {
    const layer = layers.shift();
    if (layer) {
      layer.redraw();
      rest(beyond);
    } else if (store.n > 5000) store.load().then(() => rest(() => app.panel.rows));
  };
  setTimeout(() => rest(beyond), 300);
  // Who moves the map has it drawn whole at the end of that.
  map.once("movestart", () => (layers.length = 0));
};
