// Which rows are shown, and in which order: loops over typed arrays, quick enough for a million.

// One bit for each filter that may hide a row.
const BY_WORDS = 1;
const BY_DISTANCE = 2;
const BY_CLASS = 4;
const BY_TIME = 8;
const BY_KILLED = 16;
const BY_CATEGORY = 32;
const BY_DAY = 64;

class Selection {
  // `shown` holds a byte for each row, 1 where no filter hides it.
  constructor(shown) {
    this.shown = shown;
    this.hiding = new Uint8Array(shown.length);
    this.set = new Map();
  }

  // Sets one filter: it hides the rows whose value lies outside `low` to `high`, but for those whose
  // value is `spared`. What `read` gives are the values; without it, no row is hidden. The filter is
  // gone through again only where `key`, which says all it depends on, has changed.
  hide(bit, key, read, low = MISSING, high = 2147483647, spared = low) {
    if (this.set.get(bit) === key) return;
    const fresh = !this.set.has(bit);
    this.set.set(bit, key);
    // What was never set hides nothing yet.
    if (fresh && !read) return;
    const { hiding } = this;
    const rest = 255 - bit;
    if (!read) {
      for (let i = 0; i < hiding.length; i++) hiding[i] &= rest;
      return;
    }
    const values = read();
    for (let i = 0; i < hiding.length; i++) {
      const v = values[i];
      hiding[i] = (v < low || v > high) && v !== spared ? hiding[i] | bit : hiding[i] & rest;
    }
  }

  // Marks what is shown and counts it: in all, by class as if all classes were shown, and by bin of
  // time as if all of the time were, `weights` instead of rows where given; sums of `columns`, and
  // the first and last of `dates`. One loop for each, which is quicker than one for all.
  tally({ classes, kinds, bins, binCount, weights, columns, dates }) {
    const { shown, hiding } = this;
    const byClass = new Uint32Array(kinds);
    let total = 0;
    for (let i = 0; i < hiding.length; i++) {
      const why = hiding[i];
      const one = why === 0 ? 1 : 0;
      shown[i] = one;
      total += one;
      if ((why & ~BY_CLASS) === 0) byClass[classes[i]]++;
    }
    const sums = columns.map((values) => sumOf(shown, values));
    const [low, high] = dates ? rangeOf(shown, dates) : [Infinity, -Infinity];
    return { total, byClass, byBin: this.byBin(bins, binCount, weights), sums, low, high };
  }

  // What the brush itself hides counts too: while it moves, the bars stay as they are.
  byBin(bins, binCount, weights) {
    const { hiding, set } = this;
    const key = [bins, weights, ...[BY_WORDS, BY_DISTANCE, BY_CLASS, BY_KILLED, BY_CATEGORY, BY_DAY].map((bit) => set.get(bit))];
    if (this.binned?.key.every((one, j) => one === key[j])) return this.binned.counts;
    const counts = new Float64Array(binCount + 1);
    for (let i = 0; bins && i < hiding.length; i++) {
      if ((hiding[i] & ~BY_TIME) !== 0) continue;
      // Rows without a date count in the last, which is not drawn.
      const at = bins[i] < 0 ? binCount : bins[i];
      counts[at] += weights ? Math.max(0, weights[i]) : 1;
    }
    this.binned = { key, counts };
    return counts;
  }
}

// 1 for each date that may lie between two days, either of which may be open: "2020" may be any day of
// that year, and what is missing any day at all.
function mayLie(dates, since, until) {
  const fits = new Uint8Array(dates.length).fill(1);
  for (let i = 0; i < dates.length; i++) {
    const v = dates[i];
    if (v === MISSING) continue;
    const last = v % 10000 === 0 ? v + 9999 : v % 100 === 0 ? v + 99 : v;
    fits[i] = Number((since === null || last >= since) && (until === null || v <= until));
  }
  return fits;
}

// The sum of what is above nought in the shown rows of a column.
function sumOf(shown, values) {
  let sum = 0;
  for (let i = 0; i < shown.length; i++) {
    const v = values[i];
    // Without branches: nought where the number is below it or missing.
    sum += (v & ~(v >> 31)) * shown[i];
  }
  return sum;
}

// The lowest and the highest of what the shown rows of a column hold.
function rangeOf(shown, values) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < shown.length; i++) {
    if (shown[i] === 0) continue;
    const v = values[i];
    if (v > high) high = v;
    if (v < low && v !== MISSING) low = v;
  }
  return low === Infinity ? [low, -Infinity] : [low, high];
}

// The rows of `order` by rising keys, equals as they were; by falling keys where `down`. What is
// missing comes last. A radix sort: three passes, whatever the keys are.
function sortedBy(order, keys, down) {
  const n = order.length;
  const ranks = new Uint32Array(n);
  for (let i = 0; i < keys.length; i++) {
    // 0x80000000 more turns an order of signed numbers into one of unsigned.
    const rank = (keys[i] ^ 0x80000000) >>> 0;
    ranks[i] = keys[i] === MISSING ? 0xffffffff : down ? ~rank >>> 0 : rank;
  }
  let from = order;
  for (const shift of [0, 11, 22]) {
    const places = new Uint32Array(2049);
    for (let i = 0; i < n; i++) places[((ranks[i] >>> shift) & 2047) + 1]++;
    if (places.includes(n)) continue;
    for (let j = 0; j < 2048; j++) places[j + 1] += places[j];
    const to = new Int32Array(n);
    for (let i = 0; i < n; i++) to[places[(ranks[from[i]] >>> shift) & 2047]++] = from[i];
    from = to;
  }
  return from;
}

// The first `most` shown rows by their keys, as `sortedBy` would have them after a sort by `tie`.
function firstOf(shown, keys, tie, down, most) {
  const before = (a, b) => {
    const [p, q] = [keys[a], keys[b]];
    if (p !== q) return p === MISSING || q === MISSING ? q === MISSING : p > q === down;
    return tie && tie[a] !== tie[b] ? tie[a] < tie[b] : a < b;
  };
  const rows = [];
  let last = -1;
  for (let i = 0; i < shown.length; i++) {
    if (shown[i] === 0 || (rows.length === most && !before(i, last))) continue;
    let at = rows.length;
    while (at > 0 && before(i, rows[at - 1])) at--;
    rows.splice(at, 0, i);
    if (rows.length > most) rows.pop();
    last = rows[rows.length - 1];
  }
  return rows;
}

// The rows of an order that are shown.
function shownOf(order, shown, total) {
  const rows = new Int32Array(total);
  let k = 0;
  for (let i = 0; i < order.length; i++) if (shown[order[i]]) rows[k++] = order[i];
  return rows;
}
