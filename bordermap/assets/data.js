// Unpacks what _scene/pack.py packed. Numbers that the map draws are inflated when it opens; all others,
// and the texts, stay deflated until a table, a search or a choice needs them.

const MISSING = -2147483648;
const AT_ONCE = ["lon", "lat", "date", "killed", "injured", "category", "border_km", "radius_m", "match"];

class Store {
  // `section` inflates the part of the data that an offset and a length name.
  constructor(meta, section) {
    this.meta = meta;
    // A column of the table may be called "constructor", as what every object has.
    Object.setPrototypeOf(meta.names, null);
    this.section = section;
    this.n = meta.n;
    this.columns = new Map(meta.columns.map((column) => [column.name, column]));
    this.texted = meta.columns.filter(({ kind }) => kind === "text")
      .map((column) => new Texts(column, this));
    // The rows that the table begins with, and their texts.
    this.beginning = [];
    this.begun = new Map();
    this.bandsKm = meta.border.bands.filter(([, , , zone]) => !zone).map(([km]) => km);
  }

  // Distances of the bands in the unit of the map.
  get bands() {
    return this.bandsKm.map((km) => Math.round(t.inUnit(km) * 100) / 100);
  }

  async json(at) {
    return JSON.parse(new TextDecoder().decode(await this.section(at)));
  }

  async shapes() {
    const { lines, rest } = this.meta.basemap;
    const shapes = await this.json(rest);
    await Promise.all(Object.entries(lines).map(async ([name, at]) => (shapes[name] = await this.section(at))));
    return shapes;
  }

  async begin() {
    if (!this.meta.beginning) return;
    const { rows, texts } = await this.json(this.meta.beginning);
    this.beginning = rows;
    rows.forEach((row, j) => this.begun.set(row, Object.fromEntries(Object.entries(texts).map(([name, every]) => [name, every[j]]))));
  }

  // The columns that the map is drawn from, and those that a link asks for.
  async loadColumns(coloured = null, sized = null) {
    const { size_by: size, color_by: colour, measures } = this.meta;
    await Promise.all([this.load([...AT_ONCE, colour, coloured]), this.amounts(size), (measures.includes(sized) || AT_ONCE.includes(sized)) && this.amounts(sized)]);
  }

  // The numbers of a column, each row's, as they are told; other columns hold them as texts.
  async amounts(name) {
    const column = this.columns.get(name);
    if (!column || column.amounts) return;
    await this.load([name]);
    const { values, scale, labels } = column;
    if (column.kind === "number") {
      column.amounts = scale > 1 ? Float64Array.from(values, (v) => v / scale) : values;
    } else if (column.kind === "category") {
      const amounts = [0, ...labels.map(Number)];
      column.amounts = Float64Array.from(values, (code) => amounts[code]);
    } else {
      const amounts = new Float64Array(this.n);
      const texts = this.texted.find((one) => one.name === name);
      for (let first = 0; first < this.n; first += texts.rows) {
        const block = await texts.open(first / texts.rows);
        for (let j = 0; j < block.rows; j++) amounts[first + j] = Number(block.text(j));
      }
      column.amounts = amounts;
    }
  }

  // Inflates the numbers of some columns, or of all; each once.
  async load(names = this.columns.keys()) {
    await Promise.all([...new Set(names)].map((name) => {
      const column = this.columns.get(name);
      if (!column || column.kind === "text") return null;
      column.loading ??= this.unpack(column);
      return column.loading;
    }));
  }

  async unpack(column) {
    if (column.name === "lon" || column.name === "lat") {
      this.points ??= this.section(this.meta.points.at).then((bytes) => unpackPoints(bytes, this.n, this.meta.points.planes));
      column.values = (await this.points)[column.name];
      return;
    }
    const table = column.table && unpackSteps(await this.section(column.table[2]), column.table[0], column.table[1]);
    const values = unpackNumbers(column, column.at && (await this.section(column.at)), this.n, table);
    if (column.kind === "category") column.labels = await this.json(column.labels_at);
    column.values = values;
  }

  // Longitudes run on past 180° where the map shows both of its sides.
  onward(lon) {
    const [west, , east] = this.meta.view;
    return east > 180 && lon !== null && lon < west ? lon + 360 : lon;
  }

  // Where a row is, or the point of the border nearest to it.
  at(row, [lon, lat] = ["lon", "lat"]) {
    return [this.number(lat, row), this.onward(this.number(lon, row))];
  }

  has(name) {
    return this.columns.has(name);
  }

  // A number column's value in its own unit, or null where it is missing or not inflated yet.
  number(name, row) {
    const column = this.columns.get(name);
    if (!column || !column.values) return null;
    const value = column.values[row];
    return value === MISSING ? null : value / column.scale;
  }

  // Category label without waiting, "" where missing; text columns need `texts`.
  label(name, row) {
    const column = this.columns.get(name);
    if (!column || column.kind !== "category" || !column.values) return "";
    const code = column.values[row];
    return code > 0 ? column.labels[code - 1] : "";
  }

  // Every text of one row, by column name; every number can be asked for then. With `names`, those
  // that the table shows: they are at hand for the rows that it begins with.
  async texts(row, names = null) {
    if (names && this.begun.has(row)) return this.begun.get(row);
    await this.load(names ?? undefined);
    const texts = Object.create(null);
    await Promise.all(this.texted.map(async (column) => {
      if (!names || names.includes(column.name)) texts[column.name] = await column.text(row);
    }));
    for (const column of this.meta.columns) {
      if (column.kind === "category" && column.values) texts[column.name] = this.label(column.name, row);
    }
    return texts;
  }
}

// The low 32 bits of numbers in byte planes.
function joined(bytes, n, planes) {
  const out = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let v = bytes[i];
    if (planes > 1) v |= bytes[n + i] << 8;
    if (planes > 2) v |= bytes[2 * n + i] << 16;
    if (planes > 3) v |= bytes[3 * n + i] << 24;
    out[i] = v;
  }
  return out;
}

// Numbers in byte planes, as _scene/pack.py codes them, back to 32-bit integers.
function unpackNumbers({ coding, base, planes }, bytes, n, table) {
  if (coding === "same") return new Int32Array(n).fill(base ?? MISSING);
  if (coding === "steps") return unpackSteps(bytes, n, planes);
  const out = joined(bytes, n, planes);
  if (coding === "ranks") for (let i = 0; i < n; i++) out[i] = table[out[i]];
  else for (let i = 0; i < n; i++) out[i] = out[i] === 0 ? MISSING : base - 1 + (out[i] >>> 0);
  return out;
}

// Zigzag differences in byte planes; they may take more than 32 bits, what they lead to does not.
function unpackSteps(bytes, n, planes) {
  const out = joined(bytes, n, planes);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const v = out[i];
    // The one bit that zigzag may need beyond 32.
    const beyond = planes > 4 ? bytes[4 * n + i] << 31 : 0;
    sum = (sum + (((v >>> 1) | beyond) ^ -(v & 1))) | 0;
    out[i] = sum;
  }
  return out;
}

// The least and the greatest of what there is; the wrong way round where there is nothing.
function extent(values) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v === MISSING) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
}

// Every second bit of 26, from the lowest, drawn together.
function everySecond(v) {
  v &= 0x1555555;
  v = (v | (v >> 1)) & 0x3333333;
  v = (v | (v >> 2)) & 0xf0f0f0f;
  v = (v | (v >> 4)) & 0xff00ff;
  return (v | (v >> 8)) & 0xffff;
}

// Morton numbers of 52 bits, as differences in byte planes, back to longitude and latitude.
function unpackPoints(bytes, n, planes) {
  const lon = new Int32Array(n);
  const lat = new Int32Array(n);
  const at = (p, i) => (p < planes ? bytes[p * n + i] : 0);
  let low = 0;
  let high = 0;
  for (let i = 0; i < n; i++) {
    let step = bytes[i];
    if (planes > 1) step |= bytes[n + i] << 8;
    if (planes > 2) step |= bytes[2 * n + i] << 16;
    if (planes > 3) {
      const fourth = bytes[3 * n + i];
      step |= (fourth & 3) << 24;
      high += (fourth >> 2) + at(4, i) * 64 + at(5, i) * 16384 + at(6, i) * 4194304;
    }
    low += step;
    if (low > 0x3ffffff) {
      low -= 0x4000000;
      high++;
    }
    lon[i] = (everySecond(low) | (everySecond(high) << 13)) - 33554432;
    lat[i] = (everySecond(low >> 1) | (everySecond(high >> 1) << 13)) - 33554432;
  }
  return { lon, lat };
}

// Web Mercator in units of the world's width.
function mercatorX(lon) {
  return (lon + 180) / 360;
}

function mercatorY(lat) {
  const phi = (Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180;
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI);
}

// Zigzag numbers of seven bits a byte, low ones first.
function varints(bytes) {
  const out = new Int32Array(bytes.length);
  let n = 0;
  let z = 0;
  let shift = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    z |= (byte & 127) << shift;
    if (byte > 127) shift += 7;
    else {
      out[n++] = (z >>> 1) ^ -(z & 1);
      z = shift = 0;
    }
  }
  return out.subarray(0, n);
}

// Lines, each its length and then differences, to Mercator, with the box of each.
function unpackLines(bytes, quantum) {
  const numbers = varints(bytes);
  let at = 0;
  const lines = [];
  while (at < numbers.length) {
    const length = numbers[at++];
    const points = new Float64Array(length);
    const degrees = new Float64Array(length);
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    let x = 0;
    let y = 0;
    for (let i = 0; i < length; i += 2) {
      x += numbers[at++];
      y += numbers[at++];
      degrees[i] = x / quantum;
      degrees[i + 1] = y / quantum;
      const px = mercatorX(degrees[i]);
      const py = mercatorY(degrees[i + 1]);
      points[i] = px;
      points[i + 1] = py;
      if (px < west) west = px;
      if (py < north) north = py;
      if (px > east) east = px;
      if (py > south) south = py;
    }
    lines.push({ points, degrees, box: [west, north, east, south] });
  }
  return lines;
}

function escapeCsv(value) {
  // A cell that a spreadsheet would run as a formula is exported as text.
  const text = /^[=+\-@\t\r\n]/.test(value) && !/^-?[\d.]+$/.test(value) ? "'" + value : value;
  return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}
