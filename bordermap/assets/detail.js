// All that is known of one incident, as elements: for the panel, and for a popup.

// `others` and `way` are buttons that lead on, where there are any.
function story(store, points, row, texts, { others, way } = {}) {
  const when = t.date(store.number("date", row)) || texts.date_text || "";
  const kicker = make("p", { class: "bm-kicker" });
  if (texts.category) {
    const swatch = make("span", { class: "bm-swatch", "aria-hidden": "true" });
    swatch.style.background = points.colouredBy === "category" ? points.colours[points.classes[row]] : "";
    if (points.colouredBy === "category") kicker.append(swatch);
    kicker.append(said(texts.category, "span", { class: "bm-category" }));
  }
  if (when) kicker.append(said(when, "span", { class: "bm-when" }));
  const parts = [];
  parts.push(kicker, said(heading(texts), "h2"));
  const place = whereabouts(texts.place || texts.match_name, texts.admin1, country(texts.country));
  if (place) parts.push(said(place, "p", { class: "bm-place" }));

  const figures = make("div", { class: "bm-figures" });
  for (const key of ["killed", "injured"]) {
    const value = store.number(key, row);
    if (value !== null) {
      figures.append(make("div", {}, make("b", { text: t.integer(value) }), make("span", { text: t(key) })));
    }
  }
  if (others) parts.push(others);
  const km = store.number("border_km", row);
  if (km !== null) {
    figures.append(make("div", { class: "bm-distance" },
      make("b", { text: t.far(km) }), make("span", { text: `${t.also(km)} ${t("to_border", { border: t.border(store.meta.border.label) })}` }), way || ""));
  }
  if (figures.children.length) parts.push(figures);
  if (texts.description) parts.push(said(texts.description, "p", { class: "bm-description" }));

  const url = texts.url ? safeUrl(texts.url) : null;
  if (texts.source || texts.url) {
    const from = make("p", { class: "bm-source" }, make("span", { class: "bm-label", text: t("source") }));
    if (texts.source) from.append(said(texts.source, "span"));
    if (url) from.append(outLink(url, texts.source ? url.host.replace(/^www\./, "") : texts.url.trim()));
    else if (texts.url) from.append(said(texts.url, "span", { class: "bm-sub" }));
    parts.push(from);
  }
  parts.push(facts(store, row, texts));
  return parts;
}

function facts(store, row, texts) {
  const list = make("dl", { class: "bm-facts" });
  const add = (label, ...values) => {
    const kept = values.filter(Boolean);
    if (kept.length) list.append(make("dt", { dir: "auto", text: label }), make("dd", {}, ...kept));
  };
  const line = (text, css) => said(text, "span", { class: "bm-line" + (css ? " " + css : "") });
  const km = store.number("border_km", row);
  if (km !== null) {
    const uncertain = store.number("border_uncertainty_km", row);
    const direction = compass(store, row);
    add(t("distance"),
      line(t.both(km) + (direction ? ` ${t("direction", { direction: t(direction) })}` : "")),
      uncertain !== null && line(t("uncertainty", { far: t.both(uncertain) }), "bm-sub"));
  }
  if (texts.border_part) add(t("nearest"), line(texts.border_part));
  if (texts.side) add(t("side"), line(country(texts.side)));
  const kind = texts.match;
  if (kind) {
    const score = store.number("match_score", row);
    add(t("match"),
      line(t("match_" + kind) + (score !== null && kind === "fuzzy" ? ` (${t("score", { score: t.upToTwo(score) })})` : ""), kind === "fuzzy" ? "bm-warn" : ""),
      texts.match_name && line(`${t("matched")}: ${texts.match_name}`),
      texts.match_reason && line(texts.match_reason, "bm-sub"),
      texts.match_id && line(`${t("gazetteer_id")}: ${texts.match_id}`, "bm-sub"));
  }
  const radius = store.number("radius_m", row);
  const lat = store.number("lat", row);
  const lon = store.number("lon", row);
  add(t("coordinates"), line(`${t.degree(lat)}, ${t.degree(lon)}`),
    radius >= 50 && line(t("place_radius", { far: t.both(radius / 1000) }), "bm-sub"));
  for (const name of store.meta.extra) {
    const column = store.columns.get(name);
    const value = column && column.kind === "number" ? store.number(name, row) : texts[name];
    if (value === null || value === undefined || value === "") continue;
    add(store.meta.names[name] ?? fieldName(name), line(String(value)));
  }
  const source = store.number("row", row);
  if (source !== null) add(t("row_in_table"), line(t.integer(source)));
  return list;
}

// From the place to the country, without what the piece before says already.
function whereabouts(...pieces) {
  return pieces.filter(Boolean).reduce((all, piece) => (!all ? piece : fold(`${all},`).includes(fold(`, ${piece},`)) ? all : `${all}, ${piece}`), "");
}

function heading(texts) {
  return texts.title || texts.place || texts.match_name || texts.category || texts.admin1 || t("untitled");
}

function country(code) {
  return code ? t.words["country_" + code] ?? code : "";
}

// Direction in which an incident lies from the border, as one of eight words.
function compass(store, row) {
  const lon = store.number("nearest_lon", row);
  const lat = store.number("nearest_lat", row);
  if (lon === null || lat === null) return null;
  const rad = Math.PI / 180;
  const lat2 = store.number("lat", row);
  const d = (store.number("lon", row) - lon) * rad;
  const y = Math.sin(d) * Math.cos(lat2 * rad);
  const x = Math.cos(lat * rad) * Math.sin(lat2 * rad) - Math.sin(lat * rad) * Math.cos(lat2 * rad) * Math.cos(d);
  if (!x && !y) return null;
  const names = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
  return names[Math.round((Math.atan2(y, x) / rad + 360) / 45) % 8];
}
