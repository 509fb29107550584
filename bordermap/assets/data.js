// Unpacks what renderer.py packed: deflated sections of typed columns and of strings.
// Strings stay deflated, in blocks of rows, until a table, a search or a choice needs them.

const MISSING = -2147483648;

class Store {
  // `section` inflates the part of the data that an offset and a length name.
  constructor(meta, section) {
    this.meta = meta;
    this.section = section;
    this.n = meta.n;
    this.columns = new Map(meta.columns.map((column) => [column.name, column]));
    this.blocks = new Map();
    this.bandsKm = meta.border.bands.filter(([, , , zone]) => !zone).map(([km]) => km);
  }

  // Distances of the bands in the unit of the map.
  get bands() {
    return this.bandsKm.map((km) => Math.round(t.inUnit(km) * 100) / 100);
  }

  async json(at) {
    return JSON.parse(new TextDecoder().decode(await this.section(at)));
  }

  // Lines of zigzag varints: each its length, then its numbers.
  async lines(at) {
    const bytes = await this.section(at);
    const lines = [];
    let i = 0;
    const next = () => {
      let z = 0;
      let factor = 1;
      let byte;
      do {
        byte = bytes[i++];
        z += (byte & 127) * factor;
        factor *= 128;
      } while (byte > 127);
      return z % 2 ? -(z + 1) / 2 : z / 2;
    };
    while (i < bytes.length) {
      const line = new Array(next());
      for (let j = 0; j < line.length; j++) line[j] = next();
      lines.push(line);
    }
    return lines;
  }

  async shapes() {
    const { lines, rest } = this.meta.basemap;
    const shapes = await this.json(rest);
    await Promise.all(Object.entries(lines).map(async ([name, at]) => (shapes[name] = await this.lines(at))));
    return shapes;
  }

  async loadColumns() {
    await Promise.all(
      this.meta.columns.map(async (column) => {
        if (column.kind === "text") return;
        column.values = unplane(await this.section(column.at), this.n, column.planes, column.delta);
        if (column.kind === "category") column.labels = await this.json(column.labels);
      }),
    );
  }

  has(name) {
    return this.columns.has(name);
  }

  // A number column's value in its own unit, or null.
  number(name, row) {
    const column = this.columns.get(name);
    if (!column) return null;
    const value = column.values[row];
    return value === MISSING ? null : value / column.scale;
  }

  // Category label without waiting, "" where missing; text columns need `text`.
  label(name, row) {
    const column = this.columns.get(name);
    if (!column || column.kind !== "category") return "";
    const code = column.values[row];
    return code > 0 ? column.labels[code - 1] : "";
  }

  block(index) {
    if (!this.blocks.has(index)) this.blocks.set(index, this.json(this.meta.text.blocks[index]));
    return this.blocks.get(index);
  }

  // Every text of one row, by column name.
  async texts(row) {
    const names = this.meta.text.columns;
    const texts = {};
    if (names.length) {
      const size = this.meta.text.rows;
      const block = await this.block(Math.floor(row / size));
      names.forEach((name, j) => (texts[name] = block[j][row % size]));
    }
    for (const column of this.meta.columns) {
      if (column.kind === "category") texts[column.name] = this.label(column.name, row);
    }
    return texts;
  }
}

// Byte planes of zigzag numbers, as differences where `delta`, back to 32-bit integers.
function unplane(bytes, n, planes, delta) {
  const out = new Int32Array(n);
  let previous = 0;
  for (let i = 0; i < n; i++) {
    let z = 0;
    for (let p = 0; p < planes; p++) z |= bytes[p * n + i] << (8 * p);
    const value = (z >>> 1) ^ -(z & 1);
    out[i] = delta ? (previous = (previous + value) | 0) : value;
  }
  return out;
}

// Web Mercator in units of the world's width.
function mercatorX(lon) {
  return (lon + 180) / 360;
}

function mercatorY(lat) {
  const phi = (Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180;
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI);
}

// Lines of difference-coded integers to Mercator, with the box of each.
function unpackLines(lines, quantum) {
  return lines.map((line) => {
    const m = line.length / 2;
    const points = new Float64Array(line.length);
    const degrees = new Float64Array(line.length);
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    let x = 0;
    let y = 0;
    for (let i = 0; i < m; i++) {
      x += line[2 * i];
      y += line[2 * i + 1];
      degrees[2 * i] = x / quantum;
      degrees[2 * i + 1] = y / quantum;
      const px = mercatorX(x / quantum);
      const py = mercatorY(y / quantum);
      points[2 * i] = px;
      points[2 * i + 1] = py;
      if (px < box[0]) box[0] = px;
      if (py < box[1]) box[1] = py;
      if (px > box[2]) box[2] = px;
      if (py > box[3]) box[3] = py;
    }
    return { points, degrees, box };
  });
}

// Shortest way on the WGS84 ellipsoid by Lambert's formula (metres): within 0.01 % of the exact.
function lambert(lon1, lat1, lon2, lat2) {
  const f = 1 / 298.257223563;
  const rad = Math.PI / 180;
  const b1 = Math.atan((1 - f) * Math.tan(lat1 * rad));
  const b2 = Math.atan((1 - f) * Math.tan(lat2 * rad));
  const h =
    Math.sin((b2 - b1) / 2) ** 2 +
    Math.cos(b1) * Math.cos(b2) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  const s = 2 * Math.asin(Math.min(1, Math.sqrt(h)));
  if (s < 1e-12) return 0;
  const p = (b1 + b2) / 2;
  const q = (b2 - b1) / 2;
  const x = ((s - Math.sin(s)) * (Math.sin(p) * Math.cos(q)) ** 2) / Math.cos(s / 2) ** 2;
  const y = ((s + Math.sin(s)) * (Math.cos(p) * Math.sin(q)) ** 2) / Math.sin(s / 2) ** 2;
  return 6378137 * (s - (f / 2) * (x + y));
}

// Nearest point of the drawn line: [metres, lon, lat]. Edges are taken as straight in a local
// plane; the drawn line is generalised, so this serves the cursor, never the incidents' figures.
function nearestOnLines(lines, lon, lat) {
  let best = Infinity;
  let at = null;
  const k = Math.cos((lat * Math.PI) / 180);
  for (const { degrees } of lines) {
    for (let i = 2; i < degrees.length; i += 2) {
      const ax = degrees[i - 2];
      const ay = degrees[i - 1];
      const dx = degrees[i] - ax;
      const dy = degrees[i + 1] - ay;
      // The scale of longitude half-way between the point and the edge.
      const c = (k + Math.cos((ay * Math.PI) / 180)) / 2;
      const ux = dx * c;
      const vx = (lon - ax) * c;
      const length = ux * ux + dy * dy;
      const t = length ? Math.max(0, Math.min(1, (vx * ux + (lat - ay) * dy) / length)) : 0;
      const d = (vx - t * ux) ** 2 + (lat - ay - t * dy) ** 2;
      if (d < best) {
        best = d;
        at = [ax + t * dx, ay + t * dy];
      }
    }
  }
  return at && [lambert(lon, lat, at[0], at[1]), at[0], at[1]];
}

function escapeCsv(value) {
  // A cell that a spreadsheet would run as a formula is exported as text.
  const text = /^[=+\-@\t\r]/.test(value) && !/^-?[\d.]+$/.test(value) ? "'" + value : value;
  return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}
