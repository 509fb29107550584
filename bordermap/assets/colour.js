// What colours stand for: categories, or classes of a number or a date; and what areas stand for.

// Okabe and Ito's colours without the red, which is the border's, and two more as far apart.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#f0e442", "#4b2e83", "#8c510a"];
const OTHER = "#8a8f98";
const UNKNOWN = "#c9ccd1";
// How an address says that all circles are alike.
const ALIKE = "incidents";
// From dark to light, so that the order shows without any sense of colour: viridis, but less dark
// at its dark end, for a dark map.
const RAMP = ["#5b2a86", "#4a6db0", "#2a9d8f", "#7cc36a", "#e3d84b"];

function ramp(n) {
  const channels = (hex) => [1, 3, 5].map((j) => parseInt(hex.slice(j, j + 2), 16));
  return Array.from({ length: n }, (_, j) => {
    const at = n > 1 ? (j * (RAMP.length - 1)) / (n - 1) : 0;
    const low = Math.min(Math.floor(at), RAMP.length - 2);
    const [a, b] = [channels(RAMP[low]), channels(RAMP[low + 1])];
    return "#" + a.map((v, c) => Math.round(v + (b[c] - v) * (at - low)).toString(16).padStart(2, "0")).join("");
  });
}

// The columns that a reader may colour by, each with its name.
function colourChoices(store) {
  const { meta } = store;
  const own = meta.extra.filter((name) => {
    const { kind, count } = store.columns.get(name) || {};
    return kind === "number" || (count > 1 && count <= 30);
  });
  const keys = new Set(["category", "border_km", "date", "killed", "injured", ...own, meta.color_by]);
  return [...keys].filter((key) => store.has(key)).map((key) => [key, fieldName(key)]);
}

// The columns of numbers that areas may show, each with its name; none stands for areas all alike.
function sizeChoices(store) {
  const { meta } = store;
  const keys = new Set(["killed", "injured", ...meta.measures, ...(meta.size_by ? [meta.size_by] : [])]);
  const found = [...keys].filter((key) => store.has(key)).map((key) => [key, fieldName(key)]);
  return found.length ? [...found, [ALIKE, t("size_alike")]] : [];
}

// How many of what circles show.
function amount(measure, value) {
  return ["killed", "injured"].includes(measure) ? t.count(measure, value) : `${measure}: ${t.amount(value)}`;
}

function areaLabel(measure) {
  return t("legend_area", { measure: t.words["measure_" + measure] ?? measure });
}

// What a column is called: in the reader's language where it is one of ours.
function fieldName(key) {
  return FIELDS.has(key) ? t(FIELDS.get(key)) : key;
}

// Columns of ours and our words for them; a table's own may be called anything, "n" or "constructor" too.
const FIELDS = new Map([
  ["border_km", "distance"],
  ...["category", "date", "killed", "injured", "admin2", "place", "admin1", "country", "lon", "lat", "title", "description", "source", "url"].map((key) => [key, key]),
]);

// For a column: `classes` holds for each row the place of its colour in `colours` and of its name
// in `classNames`. `weigh` tells how much room a row takes on the map.
function classify(store, key, weigh) {
  const column = store.columns.get(key);
  const out = { classes: new Uint8Array(store.n), colours: [COLOURS[0]], classNames: [], classCodes: [] };
  if (!column) return out;
  return column.kind === "category" ? byLabel(store, column, weigh, out) : byNumber(store, key, column, out);
}

function byLabel(store, column, weigh, out) {
  const counts = new Array(column.labels.length + 1).fill(0);
  const weights = counts.slice();
  column.values.forEach((code, i) => {
    counts[code]++;
    weights[code] += weigh(i);
  });
  const order = counts.map((_, code) => code).filter((code) => code && counts[code]);
  // The colours go to what takes most room on the map.
  let whole = 0;
  for (const weight of weights) whole += weight;
  const room = (code) => weights[code] / (whole || 1) + counts[code] / store.n;
  order.sort((a, b) => room(b) - room(a) || a - b);
  const named = order.slice(0, order.length <= COLOURS.length ? COLOURS.length : COLOURS.length - 1);
  const rest = order.length > named.length;
  const none = named.length + (rest ? 1 : 0);
  const place = new Uint8Array(counts.length).fill(named.length);
  place[0] = none;
  named.forEach((code, j) => (place[code] = j));
  for (let i = 0; i < store.n; i++) out.classes[i] = place[column.values[i]];
  out.classCodes = named;
  out.colours = COLOURS.slice(0, named.length);
  out.classNames = named.map((code) => column.labels[code - 1]);
  if (rest) addClass(out, t("other"), OTHER);
  if (counts[0]) addClass(out, t("no_category"), UNKNOWN);
  return out;
}

function byNumber(store, key, column, out) {
  const { values, scale } = column;
  const [least, most] = extent(values);
  let number = (v) => v / scale;
  let name = t.amount;
  let whole = scale === 1;
  let breaks = null;
  if (key === "date") {
    const yearly = Math.floor(least / 10000) !== Math.floor(most / 10000);
    number = yearly ? (v) => Math.floor(v / 10000) : (v) => Math.max(1, Math.floor(v / 100) % 100);
    const year = Math.floor(least / 10000) * 10000;
    name = yearly ? String : (v) => t.date(year + v * 100, true);
    whole = true;
  } else if (key === "border_km") {
    number = (v) => t.inUnit(v / scale);
    name = (v) => `${t.upToTwo(v)} ${t.unit}`;
    if (store.bands.length) breaks = store.bands;
  }
  breaks = breaks || spread(values, number, whole && key !== "date" ? 5 : 6, key === "date");
  let unknown = false;
  const n = breaks.length + 1;
  const [low, high] = [number(least), number(most)];
  // Where the classes begin among the numbers as they are stored: the rows are then only compared.
  const cuts = Int32Array.from(breaks, (at) => firstWhere(least, most + 1, (v) => number(v) >= at));
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v === MISSING) {
      unknown = true;
      out.classes[i] = n;
      continue;
    }
    let j = 0;
    while (j < cuts.length && v >= cuts[j]) j++;
    out.classes[i] = j;
  }
  // What is near, many or late stands out: dark on the light map.
  out.colours = key === "border_km" ? ramp(n) : ramp(n).reverse();
  const bare = (v) => (key === "border_km" ? t.upToTwo(v) : name(v));
  for (let j = 0; j < n; j++) {
    const a = breaks[j - 1] ?? (whole ? low : undefined);
    const b = breaks[j] ?? (whole ? high + 1 : undefined);
    if (a === undefined && b === undefined) out.classNames.push(fieldName(key));
    else if (a === undefined) out.classNames.push(t("under", { b: name(b) }));
    else if (b === undefined) out.classNames.push(t("over", { a: name(a) }));
    else if (whole && b - 1 === a) out.classNames.push(name(a));
    else out.classNames.push(bare(a) + (a < 0 ? " – " : "–") + name(whole ? b - 1 : b));
  }
  if (unknown) addClass(out, t("unknown"), UNKNOWN);
  return out;
}

// The first whole number from `low` on that holds, if all after it do; `high` if none before it does.
function firstWhere(low, high, holds) {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// Round numbers that part the values into classes of about as many each.
function spread(values, number, most, exact) {
  const known = [];
  const step = Math.max(1, Math.floor(values.length / 5000));
  for (let i = 0; i < values.length; i += step) if (values[i] !== MISSING) known.push(number(values[i]));
  known.sort((a, b) => a - b);
  const distinct = [...new Set(known)];
  if (distinct.length <= most) return distinct.slice(1);
  const round = (v) => {
    const unit = 10 ** Math.max(Math.floor(Math.log10(Math.abs(v) || 1)) - 1, -6);
    return exact ? v : Number((Math.round(v / unit) * unit).toPrecision(6));
  };
  const cuts = [1, 2, 3, 4].map((j) => round(known[Math.floor((known.length * j) / 5)]));
  return [...new Set(cuts)].filter((v) => v > known[0] && v <= known[known.length - 1]);
}

function addClass(out, name, colour) {
  out.classNames.push(name);
  out.colours.push(colour);
}
