// What is shown: by class (in the legend), by time, by distance from the border, by words.

// Rows that a download holds all at once, and so in the order of the table.
const MOST_ORDERED = 100000;

// A list of more would be longer than anyone reads.
const MOST_CATEGORIES = 500;

class Filters {
  constructor(app) {
    this.app = app;
    this.store = app.store;
    this.hidden = new Set();
    this.words = "";
    this.matches = null;
    this.within = Infinity;
    this.least = 0;
    this.category = null;
    this.days = [null, null];
    this.range = null;
    this.node = make("div", { class: "bm-filters" });
    if (this.store.n > 1) this.build();
    this.downloads = make("p", { class: "bm-downloads" },
      make("button", { type: "button", class: "bm-text-button", text: t("download_csv"), onclick: () => this.download("csv") }),
      make("button", { type: "button", class: "bm-text-button", text: t("download_geojson"), onclick: () => this.download("geojson") }));
  }

  build() {
    const { store } = this;
    const search = make("input", { type: "search", id: "bm-search", placeholder: t("search_hint"), autocomplete: "off" });
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.find(search.value), 150);
    });
    this.search = search;
    const line = make("div", { class: "bm-filter-line" });
    const found = make("label", { class: "bm-field bm-grow" }, make("span", { class: "bm-hidden", text: t("search") }), search);
    if (store.has("border_km")) {
      this.select = make("select", { "aria-label": t("distance"), onchange: () => {
        this.within = this.select.value === "" ? Infinity : Number(this.select.value);
        this.apply();
      } }, make("option", { value: "", text: t("any_distance") }));
      for (const km of store.bandsKm) {
        this.select.append(make("option", { value: km, text: `${t("within")} ${t.band(km)} (${Math.round(t.unit === "mi" ? km : km / MILE)} ${t.unit === "mi" ? "km" : "mi"})` }));
      }
      line.append(make("div", { class: "bm-field" }, this.select));
    }
    const killed = store.columns.get("killed");
    const most = killed ? extent(killed.values)[1] : 0;
    this.steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].filter((v) => v <= most);
    if (this.steps.length > 1) {
      this.fewest = make("select", { "aria-label": t("killed"), onchange: () => {
        this.least = Number(this.fewest.value);
        this.apply();
      } }, make("option", { value: 0, text: t("any_killed") }),
      ...this.steps.map((v) => make("option", { value: v, text: t("least_killed", { n: t.integer(v) }) })));
      line.append(make("div", { class: "bm-field" }, this.fewest));
    }
    this.node.append(make("div", { class: "bm-filter-line" }, found, this.categories()));
    if (line.children.length) this.node.append(line);
    this.buildTime();
    this.note = make("p", { class: "bm-shown", role: "status" });
    this.resetButton = make("button", { type: "button", class: "bm-text-button", text: t("reset"), hidden: true, onclick: () => this.reset() });
    this.node.append(make("div", { class: "bm-filter-line" }, this.note, this.resetButton));
  }

  // The legend names the largest categories alone, and those only while colours show them.
  categories() {
    const { labels, values, kind } = this.store.columns.get("category") || {};
    if (kind !== "category" || labels.length < 2 || labels.length > MOST_CATEGORIES) return null;
    const codes = t.order(labels).map((j) => j + 1);
    const option = (value, text) => make("option", { value, text });
    this.kinds = make("select", { "aria-label": t("category"), onchange: () => {
      this.category = this.kinds.value === "" ? null : Number(this.kinds.value);
      this.apply();
    } }, option("", t("any_category")), ...codes.map((code) => option(code, labels[code - 1])), values.includes(0) ? option(0, t("no_category")) : null);
    return make("div", { class: "bm-field bm-grow" }, this.kinds);
  }

  // Bins of years, of months where all lies within three years, of days within two months; of decades
  // or centuries where the years would be too many to be seen.
  buildTime() {
    const column = this.store.columns.get("date");
    if (!column) return;
    const { values } = column;
    const [low, high] = extent(values);
    const years = Math.floor(high / 10000) - Math.floor(low / 10000);
    if (!(high > low)) return;
    const months = (v) => Math.floor(v / 10000) * 12 + Math.max(0, (Math.floor(v / 100) % 100) - 1);
    const monthly = years < 3;
    const daily = months(high) - months(low) < 2;
    const day = (v) => Date.UTC(Math.floor(v / 10000), Math.max(0, (Math.floor(v / 100) % 100) - 1), v % 100 || 1) / 864e5;
    const span = years <= 400 ? 1 : years <= 4000 ? 10 : 100;
    const index = daily ? day : monthly ? months : (v) => Math.floor(v / 10000 / span);
    const first = index(low);
    const count = index(high) - first + 1;
    if (count < 2) return;
    this.bins = new Int32Array(values.length);
    let undated = 0;
    for (let i = 0; i < values.length; i++) {
      const v = values[i];
      if (v === MISSING) undated++;
      this.bins[i] = v === MISSING ? -1 : index(v) - first;
    }
    this.binCount = count;
    this.binName = (j) => (daily ? t.date(dayAfter(first + j), true) : monthly ? t.date(Math.floor((first + j) / 12) * 10000 + (((first + j) % 12) + 1) * 100, true) : span > 1 ? `${(first + j) * span}–${(first + j + 1) * span - 1}` : String(first + j));
    this.range = [0, count - 1];
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "bm-bars");
    svg.setAttribute("viewBox", `0 0 ${count} 40`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    this.brush(svg);
    this.bars = [];
    for (let j = 0; j < count; j++) {
      const bar = document.createElementNS(space, "rect");
      bar.setAttribute("x", j + 0.08);
      bar.setAttribute("width", 0.84);
      svg.append(bar);
      this.bars.push(bar);
    }
    const slider = (end, label) => {
      const input = make("input", { type: "range", min: 0, max: count - 1, step: 1, value: this.range[end], "aria-label": label });
      input.addEventListener("input", () => {
        const value = Number(input.value);
        this.stop();
        this.range[end] = end ? Math.max(value, this.range[0]) : Math.min(value, this.range[1]);
        this.apply();
      });
      return input;
    };
    this.sliders = [slider(0, t("from")), slider(1, t("to"))];
    this.span = daily ? make("span", { class: "bm-span" }) : make("button", {
      type: "button", class: "bm-span", title: t("exact_dates"), "aria-expanded": "false", onclick: () => this.showDays(this.dayFields.hidden),
    });
    this.playButton = iconButton("play", t("play"), () => this.play(), { class: "bm-icon-button bm-play" });
    this.weighed = "";
    const choose = this.barChoice = make("select", { "aria-label": t("bars_show"), onchange: () => {
      this.weighed = choose.value;
      this.apply();
    } }, make("option", { value: "", text: t("time") }), make("option", { value: "killed", text: t("time_killed") }));
    this.node.append(make("fieldset", { class: "bm-time" },
      make("legend", { class: "bm-hidden", text: t("time") }),
      make("div", { class: "bm-time-head" }, this.steps.length ? choose : make("span", { class: "bm-label", text: t("time") }), this.span, this.playButton),
      svg, make("div", { class: "bm-sliders" }, ...this.sliders), daily ? null : this.buildDays(),
      undated ? make("p", { class: "bm-sub", text: t("no_date_note", { n: t.integer(undated) }) }) : null));
  }

  // The first and the last day of a span, where the bars are of months or longer.
  buildDays() {
    const field = (end, label) => make("label", {}, label, make("input", { type: "date", onchange: ({ target }) => {
      this.days[end] = dayCode(target.value);
      this.apply();
    } }));
    this.dayFields = make("div", { class: "bm-days", hidden: true }, field(0, t("from")), field(1, t("to")));
    return this.dayFields;
  }

  showDays(open) {
    if (!this.dayFields) return;
    this.dayFields.hidden = !open;
    this.span.setAttribute("aria-expanded", String(open));
    [...this.dayFields.querySelectorAll("input")].forEach((input, end) => (input.value = isoDate(this.days[end])));
  }

  // Drag over the bars to choose a span, drag the span to move it, choose one bar to see it alone;
  // the sliders beneath are the same for the keyboard.
  brush(svg) {
    let from = null;
    let moved = false;
    let before = null;
    const at = (event) => {
      const box = svg.getBoundingClientRect();
      return Math.max(0, Math.min(this.binCount - 1, Math.floor(((event.clientX - box.left) / box.width) * this.binCount)));
    };
    svg.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      this.stop();
      svg.setPointerCapture(event.pointerId);
      from = at(event);
      moved = false;
      before = this.range.slice();
      event.preventDefault();
    });
    svg.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const to = at(event);
      if (to === from && !moved) return;
      moved = true;
      const [a, b] = before;
      const last = this.binCount - 1;
      const inside = (a > 0 || b < last) && from >= a && from <= b;
      const by = Math.max(-a, Math.min(last - b, to - from));
      const next = inside ? [a + by, b + by] : [Math.min(from, to), Math.max(from, to)];
      if (next[0] === this.range[0] && next[1] === this.range[1]) return;
      this.range = next;
      this.soon();
    });
    const end = (event) => {
      if (from !== null && !moved && event.type === "pointerup") {
        const alone = before[0] === from && before[1] === from;
        this.range = alone ? [0, this.binCount - 1] : [from, from];
        this.apply();
      }
      from = null;
    };
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
  }

  // Once for each frame, however often the pointer reports.
  soon() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.apply();
    });
  }

  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.callPlay("play");
  }

  // What the button would do now.
  callPlay(key) {
    this.playButton.replaceChildren(icon(key));
    this.playButton.setAttribute("aria-label", t(key));
    this.playButton.title = t(key);
  }

  play() {
    if (this.timer) return this.stop();
    this.callPlay("pause");
    this.range = [0, 0];
    this.apply();
    this.timer = setInterval(() => {
      if (this.range[1] >= this.binCount - 1) return this.stop();
      this.range = [0, this.range[1] + 1];
      this.apply();
    }, Math.max(120, Math.min(700, 12000 / this.binCount)));
  }

  // Words anywhere in a row's texts, accents and case ignored; all of them must be there.
  async find(text) {
    const words = fold(text).split(/\s+/).filter(Boolean);
    const wanted = words.join(" ");
    this.words = wanted;
    const matches = words.length ? await searchTexts(this.store, words, (done) => {
      if (this.words !== wanted) return false;
      this.note.textContent = t("searching", { percent: t.integer(done * 100) });
      return true;
    }) : null;
    if (this.words !== wanted) return;
    this.matches = matches;
    this.apply();
  }

  // The filters as they stand in the page's address.
  state() {
    const state = new URLSearchParams();
    const { colouredBy, classNames } = this.app.points;
    if (colouredBy && colouredBy !== this.store.meta.color_by) state.set("colour", colouredBy);
    const { measure } = this.app.points;
    if (measure !== this.store.meta.size_by) state.set("size", measure || ALIKE);
    if (this.hidden.size) state.set("without", [...this.hidden].filter((j) => j < classNames.length).join("."));
    if (this.within !== Infinity) state.set("km", this.within);
    if (this.least) state.set("killed", this.least);
    if (this.category !== null) state.set("category", this.store.columns.get("category").labels[this.category - 1] ?? "");
    this.days.forEach((day, end) => day !== null && state.set(end ? "until" : "since", isoDate(day)));
    if (this.range && (this.range[0] > 0 || this.range[1] < this.binCount - 1)) state.set("time", this.range.join("."));
    if (this.weighed) state.set("bars", this.weighed);
    if (this.words) state.set("find", this.search.value.trim());
    return state;
  }

  // As an address has them; what it gives is the search that goes on, if there is one.
  restore(state) {
    const { store } = this;
    const numbers = (key) => (state.get(key) || "").split(".").filter(Boolean).map(Number).filter(Number.isInteger);
    const colour = state.get("colour");
    if (colourChoices(store).some(([key]) => key === colour)) this.app.points.colourBy(colour);
    const size = state.get("size");
    if (sizeChoices(store).some(([key]) => key === size)) this.app.points.sizeBy(size === ALIKE ? null : size);
    if (colour || size) this.app.buildLegend();
    this.hidden = new Set(numbers("without"));
    const km = Number(state.get("km"));
    if (this.select && store.bandsKm.includes(km)) {
      this.within = km;
      this.select.value = String(km);
    }
    const least = Number(state.get("killed"));
    if (this.fewest && this.steps.includes(least)) {
      this.least = least;
      this.fewest.value = String(least);
    }
    const category = state.get("category");
    if (this.kinds && category !== null) {
      const code = category && this.store.columns.get("category").labels.indexOf(category) + 1;
      this.kinds.value = code === 0 ? "" : String(code || 0);
      this.category = this.kinds.value === "" ? null : Number(this.kinds.value);
    }
    if (this.dayFields) {
      this.days = ["since", "until"].map((key) => dayCode(state.get(key) || ""));
      this.showDays(this.days.some((day) => day !== null));
    }
    const [from, to] = numbers("time");
    if (this.range && from >= 0 && to >= from && to < this.binCount) this.range = [from, to];
    if (this.steps?.length && this.barChoice) this.weighed = this.barChoice.value = state.get("bars") === "killed" ? "killed" : "";
    if (this.search && state.get("find")) {
      this.search.value = state.get("find");
      return this.find(this.search.value);
    }
    return null;
  }

  toggle(kind) {
    if (!this.hidden.delete(kind)) this.hidden.add(kind);
    this.apply();
  }

  reset() {
    this.hidden.clear();
    this.words = "";
    this.matches = null;
    this.within = Infinity;
    this.least = 0;
    this.stop();
    this.category = null;
    this.days = [null, null];
    this.showDays(false);
    if (this.kinds) this.kinds.value = "";
    if (this.fewest) this.fewest.value = "0";
    if (this.search) this.search.value = "";
    if (this.select) this.select.value = "";
    if (this.range) this.range = [0, this.binCount - 1];
    const asked = document.activeElement === this.resetButton;
    this.apply();
    // The button is gone now.
    if (asked) this.search.focus();
  }

  apply() {
    const { store } = this;
    const { points } = this.app;
    const { bins, range, matches, hidden, within, least, category, days } = this;
    const killed = store.columns.get("killed")?.values;
    const km = store.columns.get("border_km")?.values;
    const { classes } = points;
    const selection = (this.selection ??= new Selection(points.shown));
    selection.hide(BY_WORDS, matches, matches && (() => matches), 1);
    const limit = km ? within * store.columns.get("border_km").scale : Infinity;
    selection.hide(BY_DISTANCE, limit, limit < Infinity && (() => km), MISSING + 1, limit);
    selection.hide(BY_KILLED, least, least && (() => killed), least);
    selection.hide(BY_CATEGORY, category, category !== null && (() => store.columns.get("category").values), category, category);
    const dated = days.some((day) => day !== null);
    selection.hide(BY_DAY, dated ? String(days) : null, dated && (() => mayLie(store.columns.get("date").values, ...days)), 1);
    const kept = Uint8Array.from(points.colours, (_, j) => Number(!hidden.has(j)));
    selection.hide(BY_CLASS, `${points.colouredBy} ${kept}`, kept.includes(0) && (() => classes.map((j) => kept[j])), 1);
    const whole = !range || (range[0] === 0 && range[1] === this.binCount - 1);
    const [from, until] = range || [];
    selection.hide(BY_TIME, whole ? null : `${from} ${until}`, !whole && (() => bins), from, until, -1);
    const measures = ["killed", "injured"].filter((name) => store.has(name));
    const tally = selection.tally({
      classes, kinds: points.colours.length, bins, binCount: this.binCount ?? 0, weights: this.weighed && killed,
      columns: measures.map((name) => store.columns.get(name).values), dates: store.columns.get("date")?.values,
    });
    const { total } = tally;
    this.tally = tally;
    points.grid = null;
    this.sums = new Map(measures.map((name, j) => [name, tally.sums[j]]));
    this.classCounts = tally.byClass;
    const counts = tally.byBin.subarray(0, this.binCount ?? 0);
    this.total = total;
    if (this.bars) {
      const top = Math.max(1, ...counts);
      counts.forEach((count, j) => {
        const height = count ? Math.max(1.5, (count / top) * 40) : 0;
        this.bars[j].setAttribute("y", 40 - height);
        this.bars[j].setAttribute("height", height);
        this.bars[j].setAttribute("class", j >= range[0] && j <= range[1] ? "bm-in" : "bm-out-of");
      });
      this.sliders.forEach((slider, end) => {
        slider.value = range[end];
        slider.setAttribute("aria-valuetext", this.binName(range[end]));
      });
      const [a, b] = range.map((j) => this.binName(j));
      this.span.textContent = a === b ? a : `${a} – ${b}`;
    }
    if (this.note) {
      const all = total === store.n;
      this.note.textContent = all ? "" : t("shown_of", { shown: t.integer(total), total: t.integer(store.n) });
      this.resetButton.hidden = all && !hidden.size;
    }
    this.app.refresh();
  }

  // What is shown, as a file; the page writes it itself and asks no one.
  async download(kind) {
    const { store } = this;
    // As it is now, whatever the filters do while it is written.
    const shown = this.app.points.shown.slice();
    const order = this.total <= MOST_ORDERED ? this.app.panel.order() : null;
    await store.load();
    const columns = store.meta.columns.filter(({ name }) => name !== "date_text");
    const labels = columns.map(({ name }) => store.meta.names[name] ?? name);
    const csv = (values) => values.map((v) => (v === null ? "" : typeof v === "number" ? String(v) : escapeCsv(v))).join(",") + "\r\n";
    const feature = (values, row) => JSON.stringify({
      type: "Feature",
      geometry: { type: "Point", coordinates: [store.number("lon", row), store.number("lat", row)] },
      properties: Object.fromEntries(labels.map((label, j) => [label, values[j]])),
    });
    const pieces = [kind === "csv" ? "\ufeff" + csv(labels) : '{"type":"FeatureCollection","features":['];
    const between = kind === "csv" ? "" : ",";
    const ordered = order && new Map();
    // In blocks, as the texts lie: what a million rows hold is more than one string can.
    const size = store.meta.block_rows;
    for (let first = 0; first < store.n; first += size) {
      const until = Math.min(store.n, first + size);
      if (!shown.subarray(first, until).includes(1)) continue;
      const opened = await Promise.all(store.texted.map(async (column) => [column.name, await column.open(first / size)]));
      const texts = new Map(opened);
      const spelled = (name, row) => texts.get(name)?.text(row - first) || null;
      const cell = ({ name, kind: held }, row) => {
        if (name === "date") return isoDate(store.number(name, row)) || spelled("date_text", row);
        if (held === "number") return store.number(name, row);
        return held === "text" ? spelled(name, row) : store.label(name, row) || null;
      };
      const lines = [];
      for (let row = first; row < until; row++) {
        if (!shown[row]) continue;
        const values = columns.map((column) => cell(column, row));
        const line = kind === "csv" ? csv(values) : feature(values, row);
        if (ordered) ordered.set(row, line);
        else lines.push(line);
      }
      if (lines.length) pieces.push((pieces.length > 1 ? between : "") + lines.join(between));
    }
    if (ordered) pieces.push(Array.from(order, (row) => ordered.get(row)).join(between));
    if (kind !== "csv") pieces.push("]}");
    const url = URL.createObjectURL(new Blob(pieces, { type: kind === "csv" ? "text/csv" : "application/geo+json" }));
    const link = make("a", { href: url, download: "incidents." + kind });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
}

// "2020-03-01" as 20200301; null for anything else, also for a day that is in no calendar.
function dayCode(text) {
  const days = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) / 864e5 : NaN;
  return Number.isFinite(days) && isoDate(dayAfter(days)) === text ? dayAfter(days) : null;
}

// The date of so many days after the first of 1970, as a column holds it.
function dayAfter(days) {
  const date = new Date(days * 864e5);
  return date.getUTCFullYear() * 10000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

function isoDate(code) {
  if (code === null) return "";
  const digits = String(code).padStart(8, "0");
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)];
  return month === "00" ? year : day === "00" ? `${year}-${month}` : `${year}-${month}-${day}`;
}
