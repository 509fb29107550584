// Every word, number and date of the page, in the language of its dictionary; and the one way in
// which text becomes part of the document: as text.

function t(key, values) {
  return (t.words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) =>
    values && name in values ? values[name] : whole);
}

t.setUp = function (words, unit) {
  const { locale } = words;
  t.words = words;
  t.unit = unit;
  // Each takes milliseconds to make: not before its first use.
  const later = (name, Made, options) => Object.defineProperty(t, name, {
    configurable: true,
    get() {
      const value = new Made(locale, options);
      Object.defineProperty(t, name, { configurable: true, value });
      return value;
    },
  });
  const { PluralRules, NumberFormat, DateTimeFormat, Collator } = Intl;
  later("plural", PluralRules);
  later("integer", NumberFormat, { maximumFractionDigits: 0 });
  later("tenth", NumberFormat, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  later("upToTwo", NumberFormat, { maximumFractionDigits: 2 });
  later("threeDigits", NumberFormat, { maximumSignificantDigits: 3 });
  later("degree", NumberFormat, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  later("compactNumber", NumberFormat, { notation: "compact", maximumFractionDigits: 1 });
  const year = "numeric";
  const timeZone = "UTC";
  later("day", DateTimeFormat, { year, month: "long", day: "numeric", timeZone });
  later("shortDay", DateTimeFormat, { year, month: "short", day: "numeric", timeZone });
  later("month", DateTimeFormat, { year, month: "long", timeZone });
  later("shortMonth", DateTimeFormat, { year, month: "short", timeZone });
  later("collator", Collator, { sensitivity: "base", numeric: true });
};

t.count = function (key, n) {
  const form = t.plural.select(n) === "one" ? "one" : "other";
  return t(`${key}_${form}`, { n: t.integer.format(n) });
};

// An amount of whatever size, as long as it must be; a minus is none of the dashes between two.
t.amount = (v) => (v && Math.abs(v) < 1 ? t.threeDigits : t.upToTwo).format(v).replace("-", "\u2212");

const MILE = 1.609344;

t.km = (km) => t.tenth.format(km) + " km";
t.miles = (km) => t.tenth.format(km / MILE) + " mi";
// A distance in the unit of the map, and in the other one.
t.far = (km) => (t.unit === "mi" ? t.miles : t.km)(km);
t.also = (km) => (t.unit === "mi" ? t.km : t.miles)(km);
t.both = (km) => `${t.far(km)} (${t.also(km)})`;
t.inUnit = (km) => (t.unit === "mi" ? km / MILE : km);
t.band = (km) => `${t.upToTwo.format(t.inUnit(km))} ${t.unit}`;

// A date as precise as it was given: 20191130, 20110300 and 20110000 are a day, a month, a year.
t.date = function (code, short) {
  if (code === null) return "";
  const year = Math.floor(code / 10000);
  const month = Math.floor(code / 100) % 100;
  const day = code % 100;
  if (!month) return String(year);
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day || 1);
  if (!day) return (short ? t.shortMonth : t.month).format(moment);
  return (short ? t.shortDay : t.day).format(moment);
};

// "the US border" in the reader's language; a line that a user named keeps its name.
t.border = function (label) {
  const named = /^the (.+) border$/.exec(label);
  if (!named) return label;
  return t("border_named", { name: t.words["border_" + named[1]] ?? named[1] });
};

function compact(n) {
  return n < 10000 ? t.integer.format(n) : t.compactNumber.format(n);
}

// An element with attributes, listeners (`onclick`), `text`, and children that are elements or text.
function make(tag, options, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Someone else's text: literal, and unable to turn the direction of what stands around it.
function said(text, tag = "bdi", options = {}) {
  return make(tag, { dir: "auto", ...options, text });
}

function safeUrl(text) {
  try {
    const url = new URL(text.trim());
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

function outLink(url, text) {
  return make("a", {
    href: url.href, rel: "noopener noreferrer", target: "_blank", text, dir: "auto",
    class: "bm-out", title: `${url.host} (${t("opens_new")})`,
  });
}

const ICONS = {
  close: "M5 5l10 10M15 5L5 15",
  back: "M12 4l-6 6 6 6",
  next: "M8 4l6 6-6 6",
  up: "M4 12l6-6 6 6",
  home: "M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4",
  play: "M6 4l10 6-10 6z",
  pause: "M6 4v12M14 4v12",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "bm-icon");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

function iconButton(name, label, onclick, options = {}) {
  return make("button", { type: "button", class: "bm-icon-button", "aria-label": label, title: label, onclick, ...options }, icon(name));
}
