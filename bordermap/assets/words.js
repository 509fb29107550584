// Every word, number and date of the page, in the language of its dictionary; and the one way in
// which text becomes part of the document: as text.

function t(key, values) {
  return filled(t.words[key] ?? key, values);
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
}

// Numbers and dates are told by the dictionary, as Python tells them: a browser takes a tenth of the time
// that a small page opens in to find what it knows itself of a language.
t.setUp = function (words, unit) {
  t.words = words;
  t.unit = unit;
};

// A number with its thousands apart: Mexico writes the point and the comma as the US do.
function told(value, digits) {
  const [whole, rest] = value.toFixed(digits).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
}

t.integer = (value) => told(value, 0);
t.tenth = (value) => told(value, 1);
t.degree = (value) => told(value, 3);
t.upTo = (value, digits) => told(value, digits).replace(/\.?0+$/, "");
t.upToTwo = (value) => t.upTo(value, 2);

t.count = function (key, n) {
  return t(`${key}_${n === 1 ? "one" : "other"}`, { n: t.integer(n) });
};

t.list = (parts) => parts.slice(0, -1).join(", ") + (parts.length > 1 ? t("list_end") : "") + parts.slice(-1);

// Names in alphabetical order, accents and case ignored, numbers by their value.
t.order = function (names) {
  const { compare } = new Intl.Collator(t.words.locale, { sensitivity: "base", numeric: true });
  return names.map((_, j) => j).sort((a, b) => compare(names[a], names[b]));
};

// An amount of whatever size, as long as it must be; a minus is none of the dashes between two.
t.amount = function (v) {
  const digits = v && Math.abs(v) < 1 ? Math.min(100, 2 - Math.floor(Math.log10(Math.abs(v)))) : 2;
  return t.upTo(v, digits).replace("-", "\u2212");
};

const MILE = 1.609344;

t.km = (km) => t.tenth(km) + " km";
t.miles = (km) => t.tenth(km / MILE) + " mi";
// A distance in the unit of the map, and in the other one.
t.far = (km) => (t.unit === "mi" ? t.miles : t.km)(km);
t.also = (km) => (t.unit === "mi" ? t.km : t.miles)(km);
t.both = (km) => `${t.far(km)} (${t.also(km)})`;
t.inUnit = (km) => (t.unit === "mi" ? km / MILE : km);
t.band = (km) => `${t.upToTwo(t.inUnit(km))} ${t.unit}`;

// A date as precise as it was given: 20191130, 20110300 and 20110000 are a day, a month, a year.
t.date = function (code, short) {
  if (code === null) return "";
  const year = Math.floor(code / 10000);
  const month = Math.floor(code / 100) % 100;
  const day = code % 100;
  if (!month) return String(year);
  const calendar = t.words.calendar;
  const name = (short ? calendar.months_short : calendar.months)[month - 1];
  const form = calendar[(short ? "short" : "date") + (day ? "_day" : "_month")];
  return filled(form, { day, month: name, year });
};

// "the US border" in the reader's language; a line that a user named keeps its name.
t.border = function (label) {
  const named = /^the (.+) border$/.exec(label);
  if (!named) return label;
  return t("border_named", { name: t.words["border_" + named[1]] ?? named[1] });
};

function compact(n) {
  if (n < 10000) return t.integer(n);
  // What rounds to a thousand thousands is a million.
  const [key, unit] = n < 999950 ? ["thousands", 1e3] : ["millions", 1e6];
  return t(key, { n: t.upToTwo(Math.round(n / (unit / 10)) / 10) });
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
