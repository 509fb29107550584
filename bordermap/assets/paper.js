// What a printed page has instead of the map: a picture with its own keys.

// One picture for each way that a sheet may be turned; the style sheet shows the one that fits.
const SHEETS = [["upright", 1100, 950], ["lying", 1100, 820]];

function printed(app, repaint) {
  const root = document.documentElement;
  root.classList.add("bm-light");
  const { open } = app.legend;
  app.legend.open = true;
  app.papers ??= SHEETS.map(([name]) => make("img", { class: "bm-paper bm-" + name, alt: t("map") }));
  // A canvas is printed as the shapes drawn into it, past its edges too; a picture as it stands.
  SHEETS.forEach(([, width, height], j) => (app.papers[j].src = picture(app, width, height).toDataURL()));
  app.drawnK = null;
  app.stage.prepend(...app.papers);
  addEventListener("afterprint", () => {
    root.classList.remove("bm-light");
    app.legend.open = open;
    repaint();
  }, { once: true });
}

// The present view, in the colours of paper, at twice the resolution.
function picture(app, width, height) {
  const colour = palette();
  // As it was last drawn: by now the map itself may have no size any more.
  const { size, centre, zoom: live } = app.seen;
  const canvas = document.createElement("canvas");
  canvas.width = width * 2;
  canvas.height = height * 2;
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  const zoom = live + Math.log2(Math.min(width / size.x, height / size.y));
  const scale = 256 * 2 ** zoom;
  const view = {
    zoom, scale, width, height, drawn: [0, 0, width, height],
    x: mercatorX(centre.lng) * scale - width / 2, y: mercatorY(centre.lat) * scale - height / 2,
  };
  app.basemap.paint(context, view, colour);
  app.basemap.paintLines(context, view, colour);
  const { tiled } = app.basemap;
  app.basemap.tiled = false;
  let key = null;
  if (app.points.measure) {
    app.points.group(view);
    key = new SizeKey(app.points, context);
  }
  const label = key ? areaLabel(app.points.measure) : "";
  context.font = "600 12px " + FONT;
  const across = key ? Math.max(key.width, context.measureText(label).width) + 20 : 0;
  view.inner = [0, 0, width, height];
  view.covered = [[width - 180, height - 50, width, height]];
  if (key) view.covered.push([12, height - key.height - 36, 12 + across, height - 12]);
  app.points.paint(context, view, colour, app.basemap);
  app.basemap.tiled = tiled;
  if (key) {
    context.font = "600 12px " + FONT;
    context.fillStyle = colour("paper");
    context.fillRect(12, height - key.height - 36, across, key.height + 24);
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillStyle = colour("ink");
    context.fillText(label, 20, height - key.height - 20);
    key.draw(context, 20, height - 18, colour);
  }
  drawScale(context, view, colour, centre.lat);
  return canvas;
}

// Three circles that tell what an area means, at the scale of the present view.
class SizeKey {
  constructor(points, context) {
    this.points = points;
    let top = 0;
    for (const g of points.groups) if (g.value > top) top = g.value;
    if (!points.fractions) top = Math.max(1, top);
    const nice = [];
    const most = Math.floor(Math.log10(top || 1));
    for (let power = points.fractions ? most - 4 : 0; power <= most; power++) {
      for (const digit of [1, 2, 5]) {
        const value = Number(`${digit}e${power}`);
        if (value <= top && points.radius(value) <= 29) nice.push(value);
      }
    }
    const n = nice.length;
    this.steps = n < 3 ? nice : [nice[Math.max(0, n - 5)], nice[n - 3], nice[n - 1]].filter((v, j, all) => all.indexOf(v) === j);
    context.font = this.font = "12px " + FONT;
    this.widths = this.steps.map((v) => 2 * points.radius(v) + 16 + context.measureText(t.amount(v)).width);
    this.width = Math.ceil(this.widths.reduce((sum, w) => sum + w, 4));
    this.height = Math.ceil(2 * Math.max(6, ...this.steps.map((v) => points.radius(v))) + 8);
  }

  draw(context, left, bottom, colour) {
    context.font = this.font;
    context.textAlign = "left";
    context.textBaseline = "middle";
    let x = left;
    this.steps.forEach((value, j) => {
      const r = this.points.radius(value);
      context.beginPath();
      context.arc(x + r, bottom - r, r, 0, 7);
      context.fillStyle = colour("legend-disc");
      context.fill();
      context.lineWidth = 1;
      context.strokeStyle = colour("disc-line");
      context.stroke();
      context.fillStyle = colour("ink");
      context.fillText(t.amount(value), x + 2 * r + 4, bottom - Math.max(r, 6));
      x += this.widths[j];
    });
  }
}

// A scale bar in km and miles, for paper.
function drawScale(context, view, colour, lat) {
  const metre = view.scale / (40075016.686 * Math.cos((lat * Math.PI) / 180));
  const nice = (limit) => {
    const power = 10 ** Math.floor(Math.log10(limit));
    return [5, 3, 2, 1].find((d) => d * power <= limit) * power;
  };
  context.fillStyle = colour("paper");
  context.fillRect(view.width - 178, view.height - 48, 166, 40);
  context.font = "11px " + FONT;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  [[1000, "km", 0], [1609.344, "mi", 1]].forEach(([unit, name, below]) => {
    const length = nice(140 / metre / unit);
    const width = length * unit * metre;
    const x = view.width - 20 - 150;
    const y = view.height - 26;
    context.beginPath();
    context.moveTo(x, y + (below ? 6 : -6));
    context.lineTo(x, y);
    context.lineTo(x + width, y);
    context.lineTo(x + width, y + (below ? 6 : -6));
    context.strokeStyle = colour("ink");
    context.lineWidth = 1.5;
    context.stroke();
    context.fillStyle = colour("ink");
    context.fillText(`${t.integer(length)} ${name}`, x + 4, below ? y + 15 : y - 1);
  });
}
