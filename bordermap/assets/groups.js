// Rows that are drawn as one circle, and circles that lie too close made one.

// Several rows that are drawn as one circle: what they add up to, and where to find them again.
class Group {
  constructor(points, at, first, kinds) {
    this.points = points;
    this.cells = [at];
    this.first = first;
    this.x = 0;
    this.y = 0;
    this.count = 0;
    this.value = 0;
    this.kinds = new Float64Array(kinds);
    this.same = true; // all on one point
    this.found = null;
  }

  add(x, y, count, value, same) {
    this.x += x;
    this.y += y;
    this.count += count;
    this.value += value;
    this.same &&= same;
  }

  get rows() {
    this.found ??= this.count === 1 ? [this.first] : this.points.rowsOf(this);
    return this.found;
  }

  take(other) {
    const { lon, lat } = this.points.at;
    this.same &&= other.same && lon[this.first] === lon[other.first] && lat[this.first] === lat[other.first];
    this.count += other.count;
    this.value += other.value;
    for (let j = 0; j < this.kinds.length; j++) this.kinds[j] += other.kinds[j];
    for (const at of other.cells) this.cells.push(at);
    this.first = Math.min(this.first, other.first);
  }
}

// Merge groups whose centres lie within `reach`; larger ones take smaller ones in.
function merge(groups, reach) {
  const order = groups.slice().sort((a, b) => b.count - a.count || a.first - b.first);
  const grid = new Map();
  const kept = [];
  const key = (cx, cy) => cx * 100003 + cy;
  for (const g of order) {
    const cx = Math.floor(g.x / reach);
    const cy = Math.floor(g.y / reach);
    let home = null;
    for (let dx = -1; dx <= 1 && !home; dx++) {
      for (let dy = -1; dy <= 1 && !home; dy++) {
        for (const other of grid.get(key(cx + dx, cy + dy)) || []) {
          if ((other.x - g.x) ** 2 + (other.y - g.y) ** 2 < reach * reach) {
            home = other;
            break;
          }
        }
      }
    }
    if (home) {
      home.take(g);
    } else {
      const at = key(cx, cy);
      if (!grid.has(at)) grid.set(at, []);
      grid.get(at).push(g);
      kept.push(g);
    }
  }
  return kept;
}
