// What the pointer meets on the map: a choice, a tip beside it, the distance to the border where it is.

class Pointer {
  constructor(app) {
    this.app = app;
    this.cursor = make("div", { class: "bm-cursor", "aria-hidden": "true", hidden: true });
    this.tip = make("div", { class: "bm-tip", "aria-hidden": "true", hidden: true });
    // Where a finger was, or the middle of the map for those who move it by keys; and that said aloud.
    this.here = make("div", { class: "bm-here", "aria-hidden": "true", hidden: true });
    this.spoken = make("p", { class: "bm-hidden", role: "status" });
    app.stage.append(this.here, this.cursor, this.tip, this.spoken);
    this.listen();
  }

  listen() {
    const { app } = this;
    const { map, points } = app;
    const local = (event) => {
      const p = map.latLngToLayerPoint(event.latlng).add(map.getPixelOrigin());
      return [p.x - app.view.x, p.y - app.view.y];
    };
    map.on("click", (event) => {
      this.hideTip();
      const g = points.hit(...local(event), this.touch ? 18 : 8);
      if (!g) {
        if (this.touch) this.showHere(event.latlng);
        if (points.selected >= 0) app.back();
        return;
      }
      if (g.count === 1) app.select(g.rows[0], { from: "map" });
      else if (!points.together(g) && map.getZoom() < map.getMaxZoom() - 0.5 && g.count > 6) app.zoomTo(g.rows);
      else app.panel.group(app.byDate(g.rows));
    });
    // A finger has no place to hover: after it, the mouse events that browsers make up are ignored.
    for (const kind of ["pointerdown", "pointermove"]) {
      map.getContainer().addEventListener(kind, (event) => {
        this.touch = event.pointerType === "touch";
        if (this.touch) this.hideTip();
      }, true);
    }
    map.on("mousemove", (event) => {
      if (this.touch) return;
      const [x, y] = local(event);
      const g = points.hit(x, y, 8);
      map.getContainer().classList.toggle("bm-over", Boolean(g));
      this.showTip(g, event.containerPoint);
      this.showCursor(event.latlng);
    });
    map.on("mouseout movestart resize", () => {
      this.hideTip();
      this.cursor.hidden = this.here.hidden = true;
    });
    let byKeys = false;
    map.getContainer().addEventListener("keydown", ({ key, target }) => (byKeys = key.startsWith("Arrow") && target === map.getContainer()));
    map.on("moveend", () => {
      if (!byKeys) return;
      byKeys = false;
      this.showHere(map.getCenter());
      this.spoken.textContent = this.cursor.textContent;
    });
  }

  hideTip() {
    this.tipped = null;
    this.tip.hidden = true;
  }

  async showTip(g, at) {
    if (!g) return this.hideTip();
    this.tipped = g;
    const { store } = this.app;
    let lines;
    if (g.count === 1) {
      const row = g.rows[0];
      const texts = await store.texts(row);
      if (this.tipped !== g) return;
      const { points } = this.app;
      const measure = points.measure !== "killed" && points.measure;
      const killed = store.number("killed", row);
      const km = store.number("border_km", row);
      lines = [heading(texts), [t.date(store.number("date", row)), killed === null ? "" : t.count("killed", killed), measure && amount(measure, points.value(row)), km === null ? "" : t.far(km)].filter(Boolean).join(" · ")];
    } else {
      lines = [t.count("here", g.count)];
      if (this.app.points.measure) lines.push(amount(this.app.points.measure, g.value));
    }
    this.tip.replaceChildren(...lines.filter(Boolean).map((line, j) => said(line, j ? "span" : "b")));
    this.tip.hidden = false;
    const size = this.app.map.getSize();
    this.tip.style.left = Math.max(4, Math.min(at.x + 14, size.x - this.tip.offsetWidth - 6)) + "px";
    this.tip.style.top = Math.max(4, Math.min(at.y + 14, size.y - this.tip.offsetHeight - 6)) + "px";
  }

  showHere(latlng) {
    const { x, y } = this.app.map.latLngToContainerPoint(latlng);
    this.showCursor(latlng);
    this.here.style.transform = `translate(${x}px, ${y}px)`;
    this.here.hidden = this.cursor.hidden;
  }

  showCursor(latlng) {
    this.nearest ??= new NearestOnLines(this.app.basemap.border);
    const metres = this.nearest.metres(latlng.lng, latlng.lat);
    if (metres === null) return;
    this.cursor.textContent = `${t("distance_here")}: ${t.both(metres / 1000)}`;
    this.cursor.hidden = false;
  }
}
