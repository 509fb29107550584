// Puts incidents, a border and popups onto a folium map that exists already. All text gets there as
// text; what Leaflet takes as HTML, the attribution, is made of text by the browser itself. Each that
// is put onto a page runs in a scope of its own: their languages and units may differ.

async function onto(id, map) {
  // Ready once all that is put onto the page is there.
  const told = (window.bordermap ??= { count: 0, coming: 0 });
  told.ready = false;
  told.coming++;
  const text = (part) => document.getElementById(`${id}-${part}`).textContent;
  const meta = JSON.parse(text("meta"));
  const section = inflater([text("data").trim()], Number.MAX_SAFE_INTEGER);
  const store = new Store(meta, section);
  const { border } = meta;
  t.setUp(await store.json(meta.strings), meta.units);
  const [lines, ...bands] = await Promise.all([
    store.section(border.at), ...border.bands.map(([, at]) => store.section(at)), store.loadColumns(),
  ]);
  const basemap = new Basemap({}, {
    quantum: border.quantum, lines, bands: border.bands.map(([km, , quantum, zone], j) => ({ km, quantum, zone, lines: bands[j] })),
  });
  // The map has a basemap, and its names, of its own.
  basemap.tiled = true;
  const points = new Points(store);
  points.colourBy(meta.color_by || "");
  const holder = map.getContainer();
  holder.classList.add("bm-onto");
  const colour = palette(holder);
  let seen = null;
  // A folium map may be any number of turns round the Earth from where the data lie.
  const [west, , east] = meta.view;
  const turns = () => Math.round((map.getCenter().lng - (west + east) / 2) / 360);
  const turned = (view) => ({ ...view, x: view.x - turns() * view.scale, covered: [] });
  const at = (row) => {
    const [lat, lon] = store.at(row);
    return [lat, lon + 360 * turns()];
  };
  const lineLayer = new CanvasLayer((context, view) => basemap.paintLines(context, turned(view), colour), { padding: 0.3, pane: "overlayPane" });
  const pointLayer = new CanvasLayer((context, view) => {
    seen = turned(view);
    seen.from = view;
    points.paint(context, seen, colour, basemap);
  }, { padding: 0.3, pane: "overlayPane" });
  lineLayer.addTo(map);
  pointLayer.addTo(map);

  const popup = L.popup({ maxWidth: 340, minWidth: 240, maxHeight: 340, className: "bm-popup" });
  const show = (row, nodes) => popup.setLatLng(at(row))
    .setContent(make("div", { class: "bm-story" }, ...nodes)).openOn(map);
  const choose = async (row, rows) => {
    points.selected = row;
    pointLayer.redraw();
    const texts = await store.texts(row);
    const back = rows && make("button", { type: "button", class: "bm-text-button", text: t.count("here", rows.length), onclick: () => list(rows) });
    show(row, [back, ...story(store, points, row, texts)].filter(Boolean));
  };
  const list = async (rows) => {
    const names = make("ol");
    const more = make("button", { type: "button", class: "bm-text-button", onclick: () => add() });
    const add = async () => {
      const next = rows.slice(names.children.length, names.children.length + 100);
      const texts = await Promise.all(next.map((row) => store.texts(row)));
      names.append(...next.map((row, j) => make("li", {}, make("button", { type: "button", class: "bm-text-button", onclick: () => choose(row, rows) },
        said([t.date(store.number("date", row), true), heading(texts[j])].filter(Boolean).join(" · "))))));
      const left = rows.length - names.children.length;
      more.hidden = left <= 0;
      more.textContent = t("more_rows", { n: t.integer(Math.min(left, 100)) });
    };
    await add();
    show(rows[0], [make("h2", { text: t.count("here", rows.length) }), names, more]);
  };
  map.on("popupclose", (event) => {
    if (event.popup !== popup) return;
    points.selected = -1;
    pointLayer.redraw();
  });
  map.on("click", (event) => {
    const p = map.latLngToLayerPoint(event.latlng).add(map.getPixelOrigin());
    const g = points.hit(p.x - seen.from.x, p.y - seen.from.y, 8);
    if (!g) return;
    if (g.count === 1) choose(g.rows[0]);
    else if (!points.together(g) && map.getZoom() < map.getMaxZoom() && g.count > 6) {
      map.fitBounds(L.latLngBounds(Array.from(g.rows, at)), { padding: [70, 70] });
    } else list(Array.from(g.rows));
  });
  // Points on a canvas have no elements that Tab could reach. All that was put onto one map is gone
  // through in one round.
  const round = (map.bordermaps ??= []);
  round.push({ n: store.n, choose });
  let last = -1;
  if (round.length === 1) holder.addEventListener("keydown", (event) => {
    const step = { n: 1, p: -1 }[event.key.toLowerCase()];
    const all = round.reduce((sum, { n }) => sum + n, 0);
    if (!step || !all || event.target !== holder || event.ctrlKey || event.metaKey || event.altKey) return;
    last = last < 0 && step < 0 ? all - 1 : (last + step + all) % all;
    let row = last;
    for (const { n, choose: open } of round) {
      if (row >= 0 && row < n) open(row);
      row -= n;
    }
  });

  if (points.classNames.length) {
    const key = L.control({ position: "bottomleft" });
    key.onAdd = () => make("ul", { class: "bm-onto-key", "aria-label": t("legend") }, ...points.classNames.map((name, j) => {
      const swatch = make("span", { class: "bm-swatch", "aria-hidden": "true" });
      swatch.style.background = points.colours[j];
      return make("li", {}, swatch, said(name, "span"));
    }));
    key.addTo(map);
  }
  for (const { role, attribution } of meta.credits) {
    if (map.attributionControl && (role === "border" || role === "gazetteer")) map.attributionControl.addAttribution(said(attribution, "span").outerHTML);
  }
  told.count += store.n;
  told.ready = --told.coming === 0;
}
