// Land, lakes, lines between states, the border with its bands and zones, and names where there is
// room for them.

const meet = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];

// A ring without what runs along the frame that it was cut at: that is no shore.
function unframed({ points, degrees, box }, { frame, quantum }) {
  const on = (i, side) => Math.abs(degrees[i + (side % 2)] - frame[side]) <= 1 / quantum;
  const along = (i) => {
    for (let side = 0; side < 4; side++) if (on(i, side) && on(i + 2, side)) return true;
    return false;
  };
  const pieces = [];
  let from = 0;
  for (let i = 0; i + 2 < points.length; i += 2) {
    if (!along(i)) continue;
    if (i > from) pieces.push(points.subarray(from, i + 2));
    from = i + 2;
  }
  if (!from) return [{ points, box }];
  if (from + 2 < points.length) pieces.push(points.subarray(from));
  return pieces.map((piece) => ({ points: piece, box }));
}

class Basemap {
  constructor(shapes, border) {
    const lines = (name) => unpackLines(shapes[name] || [], shapes.quantum);
    this.world = unpackLines(shapes.world || [], shapes.world_quantum);
    this.worldLines = unpackLines(shapes.world_lines || [], shapes.world_quantum);
    this.frame = shapes.frame ? shapes.frame.map((v, i) => (i % 2 ? mercatorY(v) : mercatorX(v))) : null;
    this.land = lines("land");
    this.lakes = lines("lakes");
    this.shores = [...this.land, ...this.lakes].flatMap((ring) => unframed(ring, shapes));
    this.states = lines("states");
    this.countries = lines("countries");
    this.towns = (shapes.towns || []).map(([x, y, name, zoom, capital]) => ({
      x: mercatorX(x), y: mercatorY(y), name, zoom, capital,
    }));
    this.regions = (shapes.regions || []).map(([x, y, name, zoom, rank]) => ({
      x: mercatorX(x), y: mercatorY(y), name, zoom, rank,
    }));
    this.border = unpackLines(border.lines, border.quantum);
    this.bands = border.bands.map(({ lines, quantum, ...rest }) => ({ ...rest, lines: unpackLines(lines, quantum) }));
    this.showBands = false;
    this.zones = new Set(this.bands.map(({ zone }) => zone));
    // Whether tiles of a provider, which have names of their own, lie over this.
    this.tiled = false;
  }

  // The bands and zones that an address asks for.
  restore(state) {
    const hidden = (state.get("hide") || "").split(".");
    this.showBands = state.get("bands") === "1";
    this.zones = new Set(this.bands.map(({ zone }) => zone).filter((zone) => !hidden.includes(zone)));
  }

  paint(context, view, colour) {
    context.fillStyle = colour("sea");
    context.fillRect(0, 0, view.width, view.height);
    // The coarse world shows only beyond the frame of the detailed shapes.
    context.save();
    if (this.frame) {
      const [w, s, e, n] = this.frame;
      context.beginPath();
      context.rect(0, 0, view.width, view.height);
      context.rect(
        // Both reach over the seam by a pixel, or it would show.
        w * view.scale - view.x + 1, n * view.scale - view.y + 1,
        (e - w) * view.scale - 2, (s - n) * view.scale - 2,
      );
      context.clip("evenodd");
    }
    // As often as it is in sight: who moves past 180° finds it again.
    for (const turn of [-1, 0, 1]) {
      const turned = { ...view, x: view.x - turn * view.scale };
      fillRings(context, this.world, turned, colour("land"));
      drawLines(context, this.worldLines, turned, colour("country"), 0.8);
    }
    context.restore();
    fillRings(context, this.land, view, colour("land"));
    drawLines(context, this.states, view, colour("state"), view.zoom < 6 ? 0.8 : 1.1);
    fillRings(context, this.lakes, view, colour("sea"));
    drawLines(context, this.shores, view, colour("shore"), 0.8);
    drawLines(context, this.countries, view, colour("country"), 1.2);
  }

  paintLines(context, view, colour) {
    this.paintBands(context, view, colour);
    this.paintBorder(context, view, colour);
  }

  // Lines at given distances and round zones; the widest first, so that narrow ones lie on top.
  paintBands(context, view, colour) {
    for (const { lines, zone } of this.shownBands()) {
      fillRings(context, lines, view, colour(zone ? "zone-fill" : "band-fill"));
      drawLines(context, lines, view, colour(zone ? "zone" : "band"), zone ? 1.8 : 1.2, zone ? [10, 3, 2, 3] : [5, 4]);
    }
  }

  shownBands() {
    return this.bands.filter(({ zone }) => (zone ? this.zones.has(zone) : this.showBands));
  }

  // What each line stands for, where it runs through the midst of what is seen.
  paintBandNames(context, view, colour, taken) {
    context.font = "600 11px " + FONT;
    context.textAlign = "center";
    const [left, top, right, bottom] = view.inner;
    for (const { km, lines, zone } of this.shownBands()) {
      const text = zone ? t("zone_" + zone) : t.band(km);
      const half = context.measureText(text).width / 2 + 4;
      let best = null;
      let score = Infinity;
      for (const { points } of lines) {
        for (let i = 0; i < points.length; i += 2) {
          const x = points[i] * view.scale - view.x;
          const y = points[i + 1] * view.scale - view.y;
          if (x < left + half || x > right - half || y < top + 14 || y > bottom - 14) continue;
          const s = Math.abs(x - (left * 0.58 + right * 0.42)) - (y > (top + bottom) / 2 ? 30 : 0);
          const box = [x - half, y - 8, x + half, y + 8];
          if (s < score && !taken.some((other) => meet(box, other))) {
            score = s;
            best = [x, y, box];
          }
        }
      }
      if (!best) continue;
      taken.push(best[2]);
      // The line must not run through its own name.
      const [x, y, box] = best;
      context.fillStyle = colour("halo");
      context.fillRect(box[0], box[1], 2 * half, 16);
      this.write(context, text, x, y, colour(zone ? "zone" : "band"), colour);
    }
  }

  write(context, text, x, y, ink, colour) {
    context.strokeStyle = colour("halo");
    context.lineWidth = 3;
    context.strokeText(text, x, y);
    context.fillStyle = ink;
    context.fillText(text, x, y);
  }

  paintBorder(context, view, colour) {
    const width = Math.max(3, Math.min(5, 1.6 + view.zoom * 0.4));
    drawLines(context, this.border, view, colour("border-glow"), width + 10);
    drawLines(context, this.border, view, colour("border-case"), width + 3);
    drawLines(context, this.border, view, colour("border"), width);
  }

  // Tells whether a box of the view touches the border line.
  crossing(view) {
    if (!this.crossed || !sameView(this.crossed.view, view)) this.crossed = { view, meets: this.crossings(view) };
    return this.crossed.meets;
  }

  crossings(view) {
    const cell = 4;
    const cells = new Set();
    const key = (x, y) => Math.floor(x / cell) * 65536 + Math.floor(y / cell);
    const seen = (x, y) => x > -40 && y > -40 && x < view.width + 40 && y < view.height + 40;
    for (const { points, box } of this.border) {
      if (outside(box, view)) continue;
      let x = 0;
      let y = 0;
      for (let i = 0; i < points.length; i += 2) {
        const toX = points[i] * view.scale - view.x;
        const toY = points[i + 1] * view.scale - view.y;
        const steps = i ? Math.ceil(Math.max(Math.abs(toX - x), Math.abs(toY - y)) / cell) : 1;
        for (let j = 1; j <= steps; j++) {
          const px = i ? x + ((toX - x) * j) / steps : toX;
          const py = i ? y + ((toY - y) * j) / steps : toY;
          if (seen(px, py)) cells.add(key(px, py));
        }
        x = toX;
        y = toY;
      }
    }
    return (box) => {
      for (let x = box[0]; x < box[2] + cell; x += cell) {
        for (let y = box[1]; y < box[3] + cell; y += cell) {
          if (cells.has(key(Math.min(x, box[2]), Math.min(y, box[3])))) return true;
        }
      }
      return false;
    };
  }

  // Names where there is room: none over another, under a circle or a control, on the border, or
  // across the edge of what is seen.
  paintLabels(context, view, colour, circles, numbers) {
    const discs = circles.map(({ x, y, r }) => [x - r, y - r, x + r, y + r]);
    const taken = discs.concat(numbers, view.covered);
    const crosses = this.crossing(view);
    const [left, top, right, bottom] = view.inner;
    const cut = (box) => meet(box, view.inner)
      && (box[0] < left + 1 || box[1] < top + 1 || box[2] > right - 1 || box[3] > bottom - 1);
    const place = (x, y, width, height, others = taken) => {
      const box = [x - 3, y - height / 2 - 1, x + width + 3, y + height / 2 + 1];
      if (cut(box) || others.some((other) => meet(box, other)) || crosses(box)) return false;
      taken.push(box);
      return true;
    };
    context.lineJoin = "round";
    context.textBaseline = "middle";
    this.paintBandNames(context, view, colour, taken);
    if (this.tiled) return;
    const write = (text, x, y, ink) => this.write(context, text, x, y, ink, colour);
    const [w, n, e, s] = view.drawn;
    const within = (x, y) => x > w - 60 && y > n - 20 && x < e + 60 && y < s + 20;
    context.textAlign = "left";
    for (const town of this.towns) {
      if (town.zoom > view.zoom) continue;
      const x = town.x * view.scale - view.x;
      const y = town.y * view.scale - view.y;
      if (!within(x, y)) continue;
      const over = circles.filter((circle) => (circle.x - x) ** 2 + (circle.y - y) ** 2 <= (circle.r + 4) ** 2);
      const hidden = over.length > 0;
      // Nor may its dot stand in another's name.
      const dot = [x - 3, y - 3, x + 3, y + 3];
      if (!hidden && taken.some((other) => meet(dot, other))) continue;
      context.font = (town.capital ? "600 " : "") + (town.zoom < 5 ? 12.5 : 11.5) + "px " + FONT;
      const width = context.measureText(town.name).width;
      // Beside the dot; where a circle covers that, beside the circle.
      let [before, after, above, below] = [x - 5 - width, x + 5, y - 10, y + 10];
      for (const circle of over) {
        before = Math.min(before, circle.x - circle.r - 5 - width);
        after = Math.max(after, circle.x + circle.r + 5);
        above = Math.min(above, circle.y - circle.r - 9);
        below = Math.max(below, circle.y + circle.r + 9);
      }
      const spots = [[after, y], [before, y], [x - width / 2, below], [x - width / 2, above],
        [x + 1, below], [x + 1, above], [x - 1 - width, below], [x - 1 - width, above]];
      // A name too far from its town would name another.
      const near = ([from, at]) =>
        Math.hypot(Math.max(from - x, x - from - width, 0), at - y) < 40;
      const around = [x - width - 50, y - 50, x + width + 50, y + 50];
      const others = taken.filter((other) => meet(around, other));
      const spot = spots.find((one) => near(one) && place(...one, width, 12, others));
      if (!spot) continue;
      if (!hidden) {
        taken.push(dot);
        context.beginPath();
        context.arc(x, y, 1.8, 0, 7);
        context.fillStyle = colour("town");
        context.fill();
      }
      write(town.name, ...spot, colour("town"));
    }
    context.textAlign = "center";
    for (const region of this.regions) {
      if (region.zoom > view.zoom || (region.rank === 0 && view.zoom > 6.5)) continue;
      const x = region.x * view.scale - view.x;
      const y = region.y * view.scale - view.y;
      if (!within(x, y)) continue;
      context.font = (region.rank ? "500 10.5px " : "600 14px ") + FONT;
      if ("letterSpacing" in context) context.letterSpacing = region.rank ? "1.5px" : "4px";
      const text = region.name.toUpperCase();
      const width = context.measureText(text).width;
      // The name of a country may lie anywhere in its midst, that of a state only near its own.
      const aside = region.rank ? [0] : [0, -60, 60];
      const spots = aside.flatMap((dx) => [0, -16, 16, -32, 32].map((dy) => [x + dx, y + dy]));
      const spot = spots.find(([cx, cy]) => place(cx - width / 2, cy, width, 13));
      if (spot) write(text, ...spot, colour("region"));
      if ("letterSpacing" in context) context.letterSpacing = "0px";
    }
  }
}
