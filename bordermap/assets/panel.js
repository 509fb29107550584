// The panel beside the map: table, details of one incident, list of those that share a place, rows
// that could not be placed, credits. All of it works without the mouse and without the map.

const PAGE_ROWS = 100;
// Rows that were not placed: read rather than searched, so that more come at a time.
const PAGE_REJECTED = 1000;
// Rows of a large table lie in as many deflated blocks: at first it shows no more than one can see.
const FIRST_ROWS = 24;
const ROW_TEXTS = ["title", "place", "match_name", "admin1", "date_text", "match", "category", "date", "killed", "border_km"];

class Panel {
  constructor(app) {
    this.app = app;
    this.store = app.store;
    this.sort = this.unsorted = { key: this.store.has("date") ? "date" : "border_km", down: this.store.has("date") };
    this.limit = PAGE_ROWS;
    this.drawn = 0;
    this.build();
  }

  build() {
    const { store } = this;
    const { meta } = store;
    const place = meta.subject === "place";
    const tabs = [["incidents", t(place ? "place_tab" : "incidents"), place ? null : store.n]];
    if (meta.rejected_count) tabs.push(["rejected", t("not_placed"), meta.rejected_count]);
    tabs.push(["about", t("about"), null]);
    this.tabs = new Map();
    this.views = new Map();
    const bar = make("div", { class: "bm-tabs", role: "tablist", "aria-label": t("panel") });
    this.node = make("section", { class: "bm-panel", "aria-label": t("panel") });
    this.toggle = iconButton("up", t("close_panel"), () => this.open(this.node.classList.contains("bm-shut")), {
      class: "bm-icon-button bm-sheet", "aria-expanded": "true", "aria-controls": "bm-views",
    });
    const views = make("div", { class: "bm-views", id: "bm-views" });
    for (const [key, label, count] of tabs) {
      const tab = make(
        "button",
        { type: "button", role: "tab", id: "bm-tab-" + key, "aria-controls": "bm-view-" + key, onclick: () => this.show(key) },
        label,
        count === null ? null : " ",
        count === null ? null : make("span", { class: "bm-count", text: t.integer(count) }),
      );
      tab.addEventListener("keydown", (event) => this.moveTab(event, key));
      bar.append(tab);
      this.tabs.set(key, tab);
      const view = make("div", {
        class: "bm-view", role: "tabpanel", id: "bm-view-" + key, "aria-labelledby": "bm-tab-" + key, tabindex: "0",
      });
      this.views.set(key, view);
      views.append(view);
    }
    this.detail = make("div", { class: "bm-view bm-detail", id: "bm-detail", role: "region", "aria-live": "polite", tabindex: "-1", hidden: true });
    views.append(this.detail);
    this.node.append(make("div", { class: "bm-bar" }, bar, this.toggle), views);
    this.buildTable();
    this.buildAbout();
    // Where nothing could be placed, the reasons are what there is to read.
    this.unasked = !store.n && meta.rejected_count ? "rejected" : "incidents";
    this.show(this.unasked, true);
  }

  moveTab(event, key) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const keys = [...this.tabs.keys()];
    const next = keys[(keys.indexOf(key) + step + keys.length) % keys.length];
    this.show(next);
    this.tabs.get(next).focus();
    event.preventDefault();
  }

  open(open) {
    this.node.classList.toggle("bm-shut", !open);
    this.toggle.setAttribute("aria-expanded", String(open));
    const label = t(open ? "close_panel" : "open_panel");
    this.toggle.setAttribute("aria-label", label);
    this.toggle.title = label;
    this.app.map.invalidateSize({ animate: false });
  }

  show(key, quiet) {
    for (const [name, tab] of this.tabs) {
      tab.setAttribute("aria-selected", String(name === key));
      tab.tabIndex = name === key ? 0 : -1;
      this.views.get(name).hidden = name !== key;
    }
    this.detail.hidden = true;
    // Nobody waits for a list that nobody has asked for.
    if (key === "rejected") this.rejected ??= this.buildRejected();
    if (quiet) return;
    this.open(true);
    this.app.remember();
  }

  // How the table is sorted and what is open beside it, as they stand in the page's address.
  state(state) {
    const { key, down } = this.sort;
    if (key !== this.unsorted.key || down !== this.unsorted.down) state.set("sort", (down ? "-" : "") + key);
    const tab = [...this.tabs.keys()].find((name) => !this.views.get(name).hidden);
    if (tab && tab !== this.unasked) state.set("tab", tab);
  }

  restore(state) {
    const [, minus, key] = /^(-?)(.+)$/.exec(state.get("sort") || "") || [];
    if (this.headings?.has(key)) this.sort = { key, down: minus === "-" };
    if (this.tabs.has(state.get("tab"))) this.show(state.get("tab"));
  }

  showDetail(quiet) {
    for (const view of this.views.values()) view.hidden = true;
    this.tabs.get("incidents").setAttribute("aria-selected", "true");
    for (const [name, tab] of this.tabs) if (name !== "incidents") tab.setAttribute("aria-selected", "false");
    this.detail.hidden = false;
    this.detail.scrollTop = 0;
    if (!quiet) this.open(true);
  }

  // --- the table -------------------------------------------------------------------------------

  buildTable() {
    const { store } = this;
    const view = this.views.get("incidents");
    if (!store.n) {
      view.append(make("p", { class: "bm-empty", text: t("nothing_placed") }));
      return;
    }
    view.append(this.app.filters.node);
    this.headings = new Map();
    const sorter = (key, label) => {
      const button = make("button", { type: "button", text: label, onclick: () => this.sortBy(key) });
      this.headings.set(key, button);
      return button;
    };
    const first = make("th", { scope: "col" });
    if (store.has("date")) first.append(sorter("date", t("date")), " ");
    first.append(sorter("place", t("place")));
    const head = make("tr", {}, first);
    if (store.has("killed")) head.append(make("th", { scope: "col", class: "bm-number" }, sorter("killed", t("killed"))));
    head.append(make("th", { scope: "col", class: "bm-number bm-far" }, sorter("border_km", t("distance"))));
    this.body = make("tbody");
    this.table = make(
      "table", { class: "bm-table", id: "bm-table", tabindex: "-1" },
      make("caption", { class: "bm-hidden", text: t("table_caption") }),
      make("thead", {}, head), this.body,
    );
    this.more = make("button", { type: "button", class: "bm-more", onclick: () => this.extend() });
    this.empty = make("p", { class: "bm-empty", text: t("nothing_shown"), hidden: true });
    view.append(this.table, this.empty, this.more, this.app.filters.downloads);
  }

  sortBy(key) {
    const down = this.sort.key === key ? !this.sort.down : key === "killed" || key === "date";
    this.sort = { key, down };
    this.fill();
    this.app.remember();
  }

  // The shown rows as they are sorted; rows with equal values as in the table that was drawn.
  order() {
    const { store, sort } = this;
    this.orders ??= new Map();
    const name = `${sort.key} ${sort.down}`;
    if (!this.orders.has(name)) {
      const plain = new Int32Array(store.n);
      for (let i = 0; i < plain.length; i++) plain[i] = i;
      const rows = store.columns.get("row")?.values;
      const tie = rows ? sortedBy(plain, rows, false) : plain;
      const keys = this.keys();
      this.orders.clear();
      this.orders.set(name, keys ? sortedBy(tie, keys, sort.down) : tie);
    }
    return shownOf(this.orders.get(name), this.app.points.shown, this.app.filters.total);
  }

  // What the rows are sorted by.
  keys() {
    const { key } = this.sort;
    return key === "place" ? this.placeRanks() : this.store.columns.get(key)?.values;
  }

  // All rows in order, sorted when somebody asks for more of them than the table shows at first.
  get rows() {
    this.sorted ??= this.order();
    return this.sorted;
  }

  // The rows that came with the page, until the first filter or sort: it begins with these.
  beginning() {
    const { app, store, sort, unsorted } = this;
    return sort.key === unsorted.key && sort.down === unsorted.down && app.filters.total === store.n ? store.beginning : [];
  }

  head(most) {
    const beginning = this.beginning();
    if (Math.min(most, this.store.n) <= beginning.length) return beginning.slice(0, most);
    const keys = this.sorted ? null : this.keys();
    if (!keys || most > 2 * PAGE_ROWS) return [...this.rows.subarray(0, most)];
    return firstOf(this.app.points.shown, keys, this.store.columns.get("row")?.values, this.sort.down, most);
  }

  // The alphabetic rank of each row's place.
  placeRanks() {
    const { store } = this;
    const column = ["place", "match_name", "admin1"].map((name) => store.columns.get(name)).find(Boolean);
    if (!column || column.kind !== "category") return null;
    const order = t.order(column.labels);
    const rank = new Int32Array(column.labels.length + 1);
    order.forEach((code, j) => (rank[code + 1] = j + 1));
    return column.values.map((code) => rank[code]);
  }

  // After a filter: at once, or, where there are many rows, once the filter rests.
  refill() {
    clearTimeout(this.waiting);
    if (this.store.n <= 5000) this.fill();
    else this.waiting = setTimeout(() => this.fill(), 120);
  }

  async fill() {
    if (!this.table) return;
    this.limit = this.store.n > 5000 ? FIRST_ROWS : PAGE_ROWS;
    await this.load();
    this.sorted = null;
    for (const button of this.headings.values()) {
      button.classList.remove("bm-up", "bm-down");
      button.parentNode.removeAttribute("aria-sort");
    }
    const sorted = this.headings.get(this.sort.key);
    sorted.classList.add(this.sort.down ? "bm-down" : "bm-up");
    sorted.parentNode.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
    await this.drawRows();
  }

  // What the rows are sorted by, where it takes more than the beginning.
  async load() {
    const { store, sort, limit } = this;
    if (Math.min(limit, store.n) <= this.beginning().length) return;
    await store.load(["row", ...(sort.key === "place" ? ["place", "match_name", "admin1"] : [sort.key])]);
  }

  async extend() {
    const asked = document.activeElement === this.more;
    const before = this.body.children.length;
    this.limit = Math.floor(this.limit / PAGE_ROWS) * PAGE_ROWS + PAGE_ROWS;
    await this.load();
    await this.drawRows();
    if (asked) this.body.children[before]?.querySelector(".bm-pick").focus();
  }

  async drawRows() {
    const turn = ++this.drawn;
    const { total } = this.app.filters;
    const rows = this.head(this.limit);
    const texts = await Promise.all(rows.map((row) => this.store.texts(row, ROW_TEXTS)));
    if (turn !== this.drawn) return;
    this.body.replaceChildren(...rows.map((row, j) => this.tableRow(row, texts[j])));
    this.empty.hidden = total > 0;
    this.table.hidden = !total;
    const left = total - rows.length;
    this.more.hidden = left <= 0;
    this.more.textContent = t("more_rows", { n: t.integer(Math.min(left, PAGE_ROWS)) });
    this.mark();
  }

  tableRow(row, texts, group) {
    const { store, app } = this;
    const cells = [];
    const title = heading(texts);
    const swatch = make("span", { class: "bm-swatch", "aria-hidden": "true" });
    swatch.style.background = app.points.colours[app.points.classes[row]];
    const button = make("button", { type: "button", class: "bm-pick", onclick: () => app.select(row, { from: "table", group }) }, said(title));
    const when = t.date(store.number("date", row), true) || texts.date_text || "";
    const place = whereabouts(texts.place || texts.match_name, texts.admin1);
    const below = make("span", { class: "bm-sub" });
    if (when) below.append(said(when, "span", { class: texts.date_text ? "bm-date" : "bm-date bm-whole" }));
    if (place && place !== title) below.append(said(place, "span"));
    const where = make("td", { class: "bm-where" }, swatch, button, below);
    // What the colour says to the eye.
    if (texts.category && texts.category !== title) where.append(said(texts.category, "span", { class: "bm-hidden" }));
    if (texts.match === "fuzzy") where.append(make("span", { class: "bm-flag", text: t("fuzzy_flag") }));
    cells.push(where);
    if (store.has("killed")) {
      const killed = store.number("killed", row);
      cells.push(make("td", { class: "bm-number", text: killed === null ? "–" : t.integer(killed) }));
    }
    const km = store.number("border_km", row);
    cells.push(make("td", { class: "bm-number", text: km === null ? "–" : t.far(km) }));
    return make("tr", { "data-row": row, onclick: (event) => {
      if (!event.target.closest("button")) app.select(row, { from: "table", group });
    } }, ...cells);
  }

  mark() {
    if (!this.body) return;
    for (const line of this.body.children) {
      const chosen = Number(line.dataset.row) === this.app.points.selected;
      line.classList.toggle("bm-chosen", chosen);
      if (chosen) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  }

  // --- one incident ----------------------------------------------------------------------------

  async incident(row, group, quiet) {
    const { store, app } = this;
    const texts = await store.texts(row);
    if (app.points.selected !== row) return;
    const parts = [];
    const rows = group ? group : this.rows || [];
    const at = rows.indexOf(row);
    const step = (d) => app.select(rows[(at + d + rows.length) % rows.length], { from: "step", group });
    const back = make("button", { type: "button", class: "bm-back", onclick: () => (group ? this.group(group) : app.back()) },
      icon("back"), t(group ? "back_group" : "back"));
    const nav = make("div", { class: "bm-nav" }, back, make("span", { class: "bm-space" }));
    if (rows.length > 1 && at >= 0) {
      nav.append(
        make("span", { class: "bm-where-at", text: `${t.integer(at + 1)} / ${t.integer(rows.length)}` }),
        iconButton("back", t("previous"), () => step(-1)),
        iconButton("next", t("next"), () => step(1)),
      );
    }
    nav.append(iconButton("close", t("close"), () => app.back()));
    if (store.meta.subject !== "place") parts.push(nav);

    const here = group ? [] : app.at(row);
    const others = here.length > 1 && make("button", { type: "button", class: "bm-text-button", text: t.count("here", here.length), onclick: () => this.group(here) });
    const way = make("button", { type: "button", class: "bm-text-button", text: t("zoom_way"), onclick: () => app.zoomToWay(row) });
    parts.push(...story(store, app.points, row, texts, { others, way }));
    this.detail.replaceChildren(...parts);
    this.showDetail(quiet);
  }

  // --- several incidents in one place ------------------------------------------------------------

  async group(rows) {
    const { store, app } = this;
    // What has the focus is about to go: it passes to the incident that was left, or the first.
    const within = this.detail.contains(document.activeElement);
    const left = app.points.selected;
    app.deselect();
    const list = make("tbody");
    const more = make("button", { type: "button", class: "bm-more", onclick: () => add() });
    const add = async () => {
      const asked = document.activeElement === more;
      const next = rows.slice(list.children.length, list.children.length + PAGE_ROWS);
      const texts = await Promise.all(next.map((row) => store.texts(row)));
      const lines = next.map((row, j) => this.tableRow(row, texts[j], rows));
      list.append(...lines);
      const left = rows.length - list.children.length;
      more.hidden = left <= 0;
      more.textContent = t("more_rows", { n: t.integer(Math.min(left, PAGE_ROWS)) });
      if (asked) lines[0].querySelector(".bm-pick").focus();
    };
    await add();
    const nav = make("div", { class: "bm-nav" },
      make("button", { type: "button", class: "bm-back", onclick: () => app.back() }, icon("back"), t("back")),
      make("span", { class: "bm-space" }),
      iconButton("close", t("close"), () => app.back()));
    this.detail.replaceChildren(
      nav, make("h2", { text: t.count("here", rows.length) }),
      make("button", { type: "button", class: "bm-text-button", text: t("zoom_here"), onclick: () => app.zoomTo(rows) }),
      make("table", { class: "bm-table" }, make("caption", { class: "bm-hidden", text: t.count("here", rows.length) }), list), more);
    this.showDetail();
    if (within) (list.querySelector(`tr[data-row="${left}"] .bm-pick`) || list.querySelector(".bm-pick")).focus();
  }

  // --- what could not be placed, and credits ---------------------------------------------------------

  async buildRejected() {
    const { store } = this;
    const { columns, rows } = await store.json(store.meta.rejected);
    const total = store.meta.rejected_count;
    const view = this.views.get("rejected");
    view.append(make("p", { class: "bm-intro", text: t.count("rejected_intro", total) }));
    if (rows.length < total) {
      view.append(make("p", { class: "bm-sub", text: t("rejected_capped", { shown: t.integer(rows.length), n: t.integer(total) }) }));
    }
    const body = make("tbody");
    const line = ([number, column, reason, values]) => {
      const contents = make("td", {});
      values.forEach((value, j) => {
        if (value === "") return;
        contents.append(make("span", { class: "bm-line" }, make("span", { class: "bm-label", dir: "auto", text: fieldName(columns[j]) }), said(value)));
      });
      return make("tr", {}, make("td", { class: "bm-number", text: number === null ? "–" : t.integer(number) }),
        make("td", {}, said(reason, "span"), column ? make("span", { class: "bm-sub", dir: "auto", text: fieldName(column) }) : null), contents);
    };
    const more = make("button", { type: "button", class: "bm-more", onclick: () => {
      const first = add();
      first.tabIndex = -1;
      first.focus();
    } });
    const add = () => {
      const from = body.children.length;
      body.append(...rows.slice(from, from + PAGE_REJECTED).map(line));
      const left = rows.length - body.children.length;
      more.hidden = left <= 0;
      more.textContent = t("more_rows", { n: t.integer(Math.min(left, PAGE_REJECTED)) });
      return body.children[from];
    };
    add();
    const head = make("tr", {}, ...["row", "reason", "contents"].map((key) => make("th", { scope: "col", text: t(key) })));
    view.append(make("table", { class: "bm-table bm-rejected" }, make("caption", { class: "bm-hidden", text: t("not_placed") }), make("thead", {}, head), body), more);
  }

  buildAbout() {
    const { meta } = this.store;
    const view = this.views.get("about");
    if (meta.made) view.append(make("p", { class: "bm-made", text: t("made", { date: t.date(meta.made) }) }));
    if (meta.notes.length) {
      view.append(make("h2", { text: t("notes") }), make("ul", { class: "bm-notes" }, ...meta.notes.map((note) => said(note, "li"))));
    }
    view.append(make("h2", { text: t("how") }), make("p", { text: t("how_text") }));
    view.append(make("h2", { text: t("keys") }), make("p", { text: t("keys_text") }));
    view.append(make("h2", { text: t("credits") }));
    const list = make("dl", { class: "bm-facts" });
    for (const role of new Set(meta.credits.map((credit) => credit.role))) {
      const credits = meta.credits.filter((credit) => credit.role === role);
      // Whom to name, each once, then what was taken from them under which licence.
      const names = new Set(credits.flatMap(({ attribution }) => (role === "basemap" ? attribution.split(/;\s*/) : attribution)));
      list.append(make("dt", { text: t("credit_" + role) }),
        make("dd", {}, ...(role === "tiles" ? attribution(meta.tiles) : []), ...[...(role === "tiles" ? [] : names)].map((name) => said(name, "span", { class: "bm-line" })),
          ...credits.map(({ name, edition, licence, attribution }) =>
            said([name, edition, licence].filter((text) => text && text !== attribution).join(" · "), "span", { class: "bm-line bm-sub bm-credit" }))));
    }
    view.append(list);
  }
}

// Whom to credit for tiles, with the links that they ask for.
function attribution({ attribution: pieces }) {
  return pieces.map(([text, href]) => {
    const url = href && safeUrl(href);
    return url ? outLink(url, text) : said(text);
  });
}
