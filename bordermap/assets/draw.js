// Draws on canvas: the basemap and the border in one layer, the incidents in another. Both draw
// into any context for any view, so that print gets a picture of its own.

// The colours of the style sheet as they are now, each looked up once: a picture asks thousands of times.
function palette(node = document.documentElement) {
  const style = getComputedStyle(node);
  const known = new Map();
  return (name) => {
    if (!known.has(name)) known.set(name, style.getPropertyValue("--" + name).trim());
    return known.get(name);
  };
}

// A Leaflet renderer that redraws when the map has moved and is scaled by CSS while it zooms.
const CanvasLayer = L.Renderer.extend({
  options: { padding: 0.3 },
  initialize(paint, options) {
    L.setOptions(this, options);
    this._paint = paint;
    this._layers = {};
  },
  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
    this._context = this._container.getContext("2d");
  },
  _destroyContainer() {
    L.DomUtil.remove(this._container);
    delete this._container;
  },
  // One that is drawn `later` keeps its picture for a frame: no frame has two to draw. One that is drawn
  // for the `first` time leaves out what lies beyond the edges of the map: the page opens sooner.
  getEvents() {
    const events = L.Renderer.prototype.getEvents.call(this);
    if (this.options.later) {
      events.moveend = () => requestAnimationFrame(() => setTimeout(() => this._map && this._update()));
    }
    return events;
  },
  _updatePaths() {},
  _onZoomEnd() {},
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    this.redraw();
  },
  redraw() {
    if (!this._map || !this._bounds) return;
    const { min } = this._bounds;
    const size = this._bounds.getSize();
    const ratio = window.devicePixelRatio || 1;
    const canvas = this._container;
    L.DomUtil.setPosition(canvas, min);
    const [width, height] = [Math.round(size.x * ratio), Math.round(size.y * ratio)];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
    }
    this._context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this._context.clearRect(0, 0, size.x, size.y);
    const view = viewOf(this._map, this._bounds);
    const { first } = this.options;
    if (first) inside(this._context, view);
    this._paint(this._context, view);
    if (first) this._context.restore();
  },
});

// Only what the reader sees of a view is drawn until the context is restored.
function inside(context, view) {
  const [left, top, right, bottom] = view.inner;
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  view.drawn = view.inner;
}

// What of the world a canvas shows that covers these bounds of a map.
function viewOf(map, bounds) {
  const { min } = bounds;
  const { x: width, y: height } = bounds.getSize();
  const origin = map.getPixelOrigin();
  const zoom = map.getZoom();
  const corner = map.containerPointToLayerPoint([0, 0]).subtract(min);
  const seen = map.getSize();
  return {
    zoom,
    scale: 256 * 2 ** zoom,
    x: origin.x + min.x,
    y: origin.y + min.y,
    width,
    height,
    // What of it the reader sees before the map is dragged, and what is drawn.
    inner: [corner.x, corner.y, corner.x + seen.x, corner.y + seen.y],
    drawn: [0, 0, width, height],
  };
}

// Whether two views are of the same place, at the same size.
function sameView(a, b) {
  return ["scale", "x", "y", "width", "height"].every((key) => a[key] === b[key]) && String(a.inner) === String(b.inner);
}

function outside(box, view) {
  return (
    box[2] * view.scale - view.x < -20 ||
    box[3] * view.scale - view.y < -20 ||
    box[0] * view.scale - view.x > view.width + 20 ||
    box[1] * view.scale - view.y > view.height + 20
  );
}

function trace(context, line, view, close) {
  const p = line.points;
  let lastX = Infinity;
  let lastY = Infinity;
  for (let i = 0; i < p.length; i += 2) {
    const x = p[i] * view.scale - view.x;
    const y = p[i + 1] * view.scale - view.y;
    if (i === 0) context.moveTo(x, y);
    else if (Math.abs(x - lastX) + Math.abs(y - lastY) < 0.5 && i < p.length - 2) continue;
    else context.lineTo(x, y);
    lastX = x;
    lastY = y;
  }
  if (close) context.closePath();
}

function drawLines(context, lines, view, colour, width, dash) {
  context.beginPath();
  for (const line of lines) if (!outside(line.box, view)) trace(context, line, view, false);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.lineCap = dash ? "butt" : "round";
  context.setLineDash(dash || []);
  context.stroke();
  context.setLineDash([]);
}

function fillRings(context, rings, view, colour) {
  context.beginPath();
  for (const ring of rings) if (!outside(ring.box, view)) trace(context, ring, view, true);
  context.fillStyle = colour;
  context.fill("evenodd");
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const BADGE_FONT = "600 10.5px " + FONT;

// Rows in a box of the map that are drawn or passed over together.
const RUN = 256;

const NEAREST = ["nearest_lon", "nearest_lat"];

// Radius in pixels from which a ring of uncertainty is but its line.
const WIDE_RING = 200;

// The shortest way between two places, as an odd number of points of Mercator that go on past 180°.
function greatCircle(lat1, lon1, lat2, lon2) {
  const rad = Math.PI / 180;
  const vector = (lat, lon) => [Math.cos(lat * rad) * Math.cos(lon * rad), Math.cos(lat * rad) * Math.sin(lon * rad), Math.sin(lat * rad)];
  const [a, b] = [vector(lat1, lon1), vector(lat2, lon2)];
  const angle = 2 * Math.asin(Math.min(1, Math.hypot(...a.map((v, j) => v - b[j])) / 2));
  const n = 2 * Math.ceil(angle / rad / 2);
  if (n < 4) {
    const [x1, y1, x2, y2] = [mercatorX(lon1), mercatorY(lat1), mercatorX(lon2), mercatorY(lat2)];
    return [[x1, y1], [(x1 + x2) / 2, (y1 + y2) / 2], [x2, y2]];
  }
  let last = mercatorX(lon1);
  return Array.from({ length: n + 1 }, (_, j) => {
    const [p, q] = [Math.sin((1 - j / n) * angle), Math.sin((j / n) * angle)];
    const [x, y, z] = a.map((v, k) => (p * v + q * b[k]) / Math.sin(angle));
    const across = mercatorX(Math.atan2(y, x) / rad);
    last = across + Math.round(last - across);
    return [last, mercatorY(Math.atan2(z, Math.hypot(x, y)) / rad)];
  });
}

// Incidents as circles of true area: one for each, or one for several that would cover each other.
class Points {
  constructor(store) {
    this.store = store;
    const n = store.n;
    this.x = new Float64Array(n);
    this.y = new Float64Array(n);
    // Longitude and latitude as they were packed: what is equal there is one place.
    this.at = n ? { lon: store.columns.get("lon").values, lat: store.columns.get("lat").values } : {};
    if (n) this.project(this.at.lon, this.at.lat);
    this.shown = new Uint8Array(n).fill(1);
    this.sizeBy(store.meta.size_by);
    // Which class has which colour does not change with the areas: a link names classes by number.
    const { values } = this;
    this.weigh = (row) => (values ? Math.max(0, values[row]) : 1);
    this.groups = [];
    this.widths = new Map();
    this.selected = -1;
    this.k = 3;
    this.colourBy("");
  }

  // Mercator of every row, and the box of every run of rows: near rows follow each other.
  project(lon, lat) {
    const { x, y } = this;
    const { scale } = this.store.columns.get("lat");
    const [low, high] = extent(lat);
    // Straight between hundredths of a degree: within a hundredth of a pixel where it is closest.
    const step = scale / 100;
    const first = Math.floor(low / step);
    const table = Float64Array.from({ length: Math.ceil(high / step) - first + 2 }, (_, j) => mercatorY(((first + j) * step) / scale));
    const base = first * step;
    const width = 360 * scale;
    const [west, , east] = this.store.meta.view;
    const start = east > 180 ? Math.round(west * scale) : -width;
    this.boxes = new Float64Array(4 * Math.ceil(x.length / RUN));
    // Short loops, called often, are compiled sooner than a long one.
    const runFrom = (from, until) => {
      let [w, n, e, s] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = from; i < until; i++) {
        const across = lon[i];
        const px = (across < start ? across + width : across) / width + 0.5;
        const up = lat[i] - base;
        const j = (up / step) | 0;
        const py = table[j] + ((up - j * step) / step) * (table[j + 1] - table[j]);
        x[i] = px;
        y[i] = py;
        if (px < w) w = px;
        if (px > e) e = px;
        if (py < n) n = py;
        if (py > s) s = py;
      }
      this.boxes.set([w, n, e, s], (4 * from) / RUN);
    };
    for (let from = 0; from < x.length; from += RUN) runFrom(from, Math.min(x.length, from + RUN));
  }

  value(row) {
    if (!this.values) return 1;
    return this.values[row] > 0 ? this.values[row] : 0;
  }

  // What areas show: a column of numbers, or nothing, and all are alike.
  sizeBy(key) {
    this.measure = key || null;
    this.values = this.store.columns.get(this.measure)?.amounts ?? null;
    this.fractions = this.values instanceof Float64Array && this.values.some((v) => v % 1 !== 0);
    this.grid = null;
  }

  colourBy(key) {
    this.colouredBy = key;
    Object.assign(this, classify(this.store, key, this.weigh));
    this.grid = null;
  }

  // Groups for a view: the rows of each cell of a grid, then cells that lie too close made one. They
  // stay until other rows are shown, or others' colours or areas.
  group(view) {
    if (this.grid && sameView(this.grid.view, view)) return;
    const { x, y, shown, classes, values } = this;
    const n = x.length;
    const cell = n > 5000 ? 24 : 8;
    const kinds = this.colours.length;
    const { lon, lat } = this.at;
    const margin = 60;
    const right = view.width + margin;
    const bottom = view.height + margin;
    const west = Math.floor((view.x - margin) / cell);
    const north = Math.floor((view.y - margin) / cell);
    const across = Math.floor((view.x + right) / cell) - west + 1;
    const down = Math.floor((view.y + bottom) / cell) - north + 1;
    this.grid = { view, cell, west, north, across, down, margin };
    const of = new Int32Array(across * down).fill(-1);
    const groups = [];
    const left = view.x - margin;
    const above = view.y - margin;
    const { scale } = view;
    const [width, height] = [right + margin, bottom + margin];
    // Near rows follow each other: what those in one cell add up to is added when they leave it. As in
    // `project`, short loops are compiled sooner.
    const gather = (from, until) => {
      let g = null;
      let last = -1;
      let [sumX, sumY, count, sum, same] = [0, 0, 0, 0, true];
      let [firstLon, firstLat] = [0, 0];
      for (let i = from; i < until; i++) {
        if (shown[i] === 0) continue;
        const gx = x[i] * scale;
        const gy = y[i] * scale;
        if (gx < left || gy < above || gx - left > width || gy - above > height) continue;
        const at = (Math.floor(gy / cell) - north) * across + Math.floor(gx / cell) - west;
        if (at !== last) {
          if (g !== null) g.add(sumX, sumY, count, sum, same);
          last = at;
          if (of[at] < 0) {
            of[at] = groups.length;
            groups.push(new Group(this, at, i, kinds));
          }
          g = groups[of[at]];
          firstLon = lon[g.first];
          firstLat = lat[g.first];
          sumX = sumY = count = sum = 0;
          same = true;
        }
        const value = values === null ? 1 : values[i] > 0 ? values[i] : 0;
        sumX += gx;
        sumY += gy;
        count++;
        sum += value;
        g.kinds[classes[i]] += value || 1e-6;
        if (lon[i] !== firstLon || lat[i] !== firstLat) same = false;
      }
      if (g !== null) g.add(sumX, sumY, count, sum, same);
    };
    for (let run = 0; run * RUN < n; run++) {
      if (!this.runOutside(run, view, margin)) gather(run * RUN, Math.min(n, (run + 1) * RUN));
    }
    for (const one of groups) {
      one.x = one.x / one.count - view.x;
      one.y = one.y / one.count - view.y;
    }
    // As few as fit: what would be a heap of numbers becomes fewer, larger groups.
    const room = Math.max(40, (view.width * view.height) / 9000);
    this.groups = merge(groups, cell * 0.9);
    for (const reach of [16, 26, 38, 52]) {
      if (this.groups.length <= room) break;
      if (reach > cell) this.groups = merge(this.groups, reach);
    }
    let top = 0;
    for (const g of this.groups) if (g.value > top) top = g.value;
    // Small enough that the largest does not swamp the map, large enough that one is seen.
    const root = Math.sqrt(top || 1);
    // Of what is counted, one alone need not be as large as can be.
    const limit = this.fractions ? Infinity : 5;
    const seen = view.inner ? view.inner[2] - view.inner[0] : view.width;
    const most = Math.max(24, Math.min(44, seen / 22));
    this.k = Math.min(limit, most / root, Math.max(2.1, (0.64 * most) / root));
    for (const g of this.groups) g.r = this.radius(g.value);
    this.groups.sort((a, b) => b.r - a.r || a.first - b.first);
  }

  runOutside(run, { scale, x, y, width, height }, margin) {
    const { boxes } = this;
    const at = 4 * run;
    return boxes[at] * scale - x > width + margin || boxes[at + 2] * scale - x < -margin
      || boxes[at + 1] * scale - y > height + margin || boxes[at + 3] * scale - y < -margin;
  }

  // The rows of a group, gone through again when somebody asks for them.
  rowsOf(group) {
    const { view, cell, west, north, across, down, margin } = this.grid;
    const wanted = new Uint8Array(across * down);
    for (const at of group.cells) wanted[at] = 1;
    const rows = [];
    for (let run = 0; run * RUN < this.x.length; run++) {
      if (this.runOutside(run, view, margin)) continue;
      for (let i = run * RUN; i < Math.min(this.x.length, (run + 1) * RUN); i++) {
        if (!this.shown[i]) continue;
        const gx = this.x[i] * view.scale;
        const gy = this.y[i] * view.scale;
        const [px, py] = [gx - view.x, gy - view.y];
        if (px < -margin || py < -margin || px > view.width + margin || py > view.height + margin) continue;
        if (wanted[(Math.floor(gy / cell) - north) * across + Math.floor(gx / cell) - west]) rows.push(i);
      }
    }
    return rows;
  }

  radius(value) {
    return value > 0 ? Math.max(2, this.k * Math.sqrt(value)) : 4;
  }

  paint(context, view, colour, basemap) {
    this.group(view);
    context.font = BADGE_FONT;
    const several = this.groups.filter((g) => g.count > 1);
    const badges = several.map((g) => this.badgeAt(context, g));
    const numbers = badges.map(({ x, y, width }) => [x - width / 2, y - 8, x + width / 2, y + 8]);
    const way = this.way(context, view);
    if (way?.box) numbers.push(way.box);
    let circles = this.groups;
    if (this.selected >= 0 && this.shown[this.selected]) {
      // The ring round the chosen one reaches beyond its circle.
      const row = this.selected;
      const r = Math.max(7, this.radius(this.value(row))) + 5;
      circles = [...circles, { x: this.x[row] * view.scale - view.x, y: this.y[row] * view.scale - view.y, r }];
    }
    basemap.paintLabels(context, view, colour, circles, numbers);
    const { store } = this;
    const metre = view.scale / 40075016.686;
    const wide = this.groups.length <= 400;
    for (const g of this.groups) {
      if (!wide) break;
      const row = g.first;
      const uncertain = store.number("radius_m", row);
      if (!uncertain || !g.same) continue;
      const r = (uncertain * metre) / Math.cos((store.number("lat", row) * Math.PI) / 180);
      if (r > g.r + 4) this.ring(context, g.x, g.y, r, colour, row === this.selected);
    }
    for (const g of this.groups) {
      this.disc(context, g, colour);
      if (g.count === 1 && store.label("match", g.first) === "fuzzy") {
        context.beginPath();
        context.arc(g.x, g.y, g.r + 3, 0, 7);
        context.setLineDash([2.5, 2.5]);
        context.lineWidth = 1.4;
        context.strokeStyle = colour("ink");
        context.stroke();
        context.setLineDash([]);
      }
    }
    context.font = BADGE_FONT;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const taken = [];
    for (const badge of badges) this.badge(context, badge, colour, taken);
    if (this.selected >= 0 && this.shown[this.selected]) this.paintSelected(context, view, colour);
  }

  ring(context, x, y, r, colour, strong) {
    context.beginPath();
    context.arc(x, y, r, 0, 7);
    // That of a state or a country would veil half the map.
    if (r <= WIDE_RING) {
      context.fillStyle = colour("uncertain-fill");
      context.fill();
    }
    context.setLineDash([3, 4]);
    context.lineWidth = strong ? 1.6 : 1;
    context.strokeStyle = colour("uncertain");
    context.stroke();
    context.setLineDash([]);
  }

  disc(context, g, colour) {
    context.globalAlpha = 0.86;
    if (g.value === 0) {
      context.beginPath();
      context.arc(g.x, g.y, g.r, 0, 7);
      context.fillStyle = colour("land");
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = this.colours[g.kinds.indexOf(Math.max(...g.kinds))];
      context.stroke();
    } else {
      let total = 0;
      for (const v of g.kinds) total += v;
      let from = -Math.PI / 2;
      g.kinds.forEach((v, j) => {
        if (!v) return;
        const until = from + (2 * Math.PI * v) / total;
        context.beginPath();
        if (v < total) context.moveTo(g.x, g.y);
        context.arc(g.x, g.y, g.r, from, until);
        context.fillStyle = this.colours[j];
        context.fill();
        from = until;
      });
    }
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(g.x, g.y, g.r, 0, 7);
    context.lineWidth = 2.2;
    context.strokeStyle = colour("disc-case");
    context.stroke();
    context.lineWidth = 0.9;
    context.strokeStyle = colour("disc-line");
    context.stroke();
  }

  // Where the number of a group stands: in its circle, or at its upper right where that is small.
  badgeAt(context, g) {
    const text = compact(g.count);
    let width = 8;
    for (const sign of text) {
      // Each sign is measured once: there are few.
      if (!this.widths.has(sign)) this.widths.set(sign, context.measureText(sign).width);
      width += this.widths.get(sign);
    }
    width = Math.max(15, width);
    const inside = g.r * 1.5 > width;
    return {
      text,
      x: inside ? g.x : g.x + g.r * 0.71 + width / 2 - 3,
      y: inside ? g.y : g.y - g.r * 0.71 - 3,
      width,
    };
  }

  // How many a group holds; left out where the number of a larger one stands already.
  badge(context, { text, x, y, width }, colour, taken) {
    if (taken.some((b) => Math.abs(b.x - x) < (b.width + width) / 2 && Math.abs(b.y - y) < 15)) return;
    taken.push({ x, y, width });
    context.beginPath();
    context.roundRect(x - width / 2, y - 7.5, width, 15, 7.5);
    context.fillStyle = colour("badge");
    context.fill();
    context.lineWidth = 0.8;
    context.strokeStyle = colour("disc-line");
    context.stroke();
    context.fillStyle = colour("badge-ink");
    context.fillText(text, x, y + 0.5);
  }

  // Where the shortest way of the chosen incident runs, and its length stands where it is long enough.
  way(context, view) {
    const { store, selected: row } = this;
    if (row < 0 || !this.shown[row]) return null;
    const [lat, lon] = store.at(row, NEAREST);
    if (lon === null || lat === null) return null;
    const x = this.x[row] * view.scale - view.x;
    const y = this.y[row] * view.scale - view.y;
    const bx = mercatorX(lon) * view.scale - view.x;
    const by = mercatorY(lat) * view.scale - view.y;
    const km = store.number("border_km", row);
    const line = greatCircle(...store.at(row), lat, lon).map(([px, py]) => [px * view.scale - view.x, py * view.scale - view.y]);
    // Where the way goes round the other side of the Earth, each of its ends lies where its place does.
    const off = bx - line[line.length - 1][0];
    const lines = Math.abs(off) < 1 ? [line] : [line, line.map(([px, py]) => [px + off, py])];
    if (km === null || Math.hypot(bx - x, by - y) <= 26) return { bx, by, lines };
    const text = t.far(km);
    context.font = "600 12px " + FONT;
    const half = context.measureText(text).width / 2 + 7;
    const [mx, my] = line[(line.length - 1) / 2];
    return { bx, by, lines, text, mx, my, box: [mx - half, my - 10, mx + half, my + 10] };
  }

  paintSelected(context, view, colour) {
    const { store, selected: row } = this;
    const x = this.x[row] * view.scale - view.x;
    const y = this.y[row] * view.scale - view.y;
    const way = this.way(context, view);
    if (way) {
      const { bx, by, lines, text, mx, my, box } = way;
      context.beginPath();
      for (const line of lines) line.forEach((at, j) => (j ? context.lineTo(...at) : context.moveTo(...at)));
      context.lineWidth = 4.5;
      context.strokeStyle = colour("border-case");
      context.stroke();
      context.lineWidth = 2;
      context.setLineDash([7, 4]);
      context.strokeStyle = colour("ink");
      context.stroke();
      context.setLineDash([]);
      context.beginPath();
      context.arc(bx, by, 4.5, 0, 7);
      context.fillStyle = colour("border-case");
      context.fill();
      context.lineWidth = 2.5;
      context.strokeStyle = colour("border");
      context.stroke();
      if (box) {
        context.textAlign = "center";
        context.textBaseline = "middle";
        context.beginPath();
        context.roundRect(box[0], box[1], box[2] - box[0], 20, 10);
        context.fillStyle = colour("ink");
        context.fill();
        context.fillStyle = colour("paper");
        context.fillText(text, mx, my + 0.5);
      }
    }
    const r = Math.max(7, this.radius(this.value(row)));
    const uncertain = store.number("radius_m", row);
    if (uncertain) {
      const ring =
        ((uncertain * view.scale) / 40075016.686) /
        Math.cos((store.number("lat", row) * Math.PI) / 180);
      if (ring > r + 4) this.ring(context, x, y, ring, colour, true);
    }
    const kinds = new Float64Array(this.colours.length);
    kinds[this.classes[row]] = 1;
    this.disc(context, { x, y, r: this.radius(this.value(row)), value: this.value(row), kinds, count: 1 }, colour);
    context.beginPath();
    context.arc(x, y, r + 4, 0, 7);
    context.lineWidth = 2.5;
    context.strokeStyle = colour("ink");
    context.stroke();
  }

  // Whether all rows of a group stand on one point, so that no zoom could take them apart.
  together(g) {
    return g.same;
  }

  // The group under a point of the view: the smallest that the point is on, for it lies on top;
  // else the nearest within reach of a finger or a pointer.
  hit(x, y, reach) {
    let best = null;
    let score = Infinity;
    for (const g of this.groups) {
      const off = Math.hypot(g.x - x, g.y - y) - g.r;
      const s = off <= 4 ? g.r - 1e6 : off;
      if (off <= reach && s <= score) {
        score = s;
        best = g;
      }
    }
    return best;
  }
}
