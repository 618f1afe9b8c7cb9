// Making elements. Everything a chat contains was written by somebody else, so words only ever become text nodes:
// nothing in this page parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element; `on…` keys are listeners, `class` and `text` mean what they say, the rest are attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A name or title: isolated, so that one written right to left cannot turn its surroundings. */
export function name(text, props = {}) {
  return el("bdi", { dir: "auto", ...props, text: text || "·" });
}

// One stroke each on a 24 × 24 grid.
const PATHS = {
  back: "M15 5l-7 7 7 7",
  send: "M4 12l16-8-6 16-3-7-7-1z",
  attach: "M19 11l-7.5 7.5a4.5 4.5 0 0 1-6.4-6.4l8-8a3 3 0 0 1 4.3 4.3l-7.9 7.9a1.5 1.5 0 0 1-2.2-2.1l7-7",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  menu: "M4 7h16M4 12h16M4 17h10",
  keyboard: "M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  place: "M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.6-6.5 8-6.5s8 2.5 8 6.5",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-5.8 6.5-5.8s6.5 2.2 6.5 5.8M16 4.4a3.5 3.5 0 0 1 0 6.2M18 14.6c2.2.8 3.6 2.7 3.6 5.4",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  panes: "M4 5h16v14H4zM12 5v14",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  link: "M9 15L19 5M11 5h8v8",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  reply: "M10 6L4 11l6 5v-3.2c5 0 8 1.6 10 5.2-.5-6-4-9.3-10-9.8z",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM6 6l12 12",
  pin: "M9 4h6l-1 6 3 3H7l3-3zM12 13v7",
  plus: "M12 5v14M5 12h14",
  ticks: "M2 13l4 4L15 7M10 16l1 1L21 7",
  swap: "M7 4L3 8l4 4M3 8h14M17 20l4-4-4-4M21 16H7",
  door: "M13 4H5v16h8M10 12h11M17 8l4 4-4 4",
  start: "M7 4l13 8-13 8z",
  channel: "M4 10v4h3l9 4V6l-9 4zM19 9.5a4 4 0 0 1 0 5",
  hash: "M9.5 4L7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  mute: "M4 10v4h3l5 4V6l-5 4zM16 9.5l5 5M21 9.5l-5 5",
  star: "M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.7-5 2.7 1.1-5.5L4 9.7 9.6 9z",
  pause: "M8 5v14M16 5v14",
  music: "M9 18V5l11-2v13M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM20 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  poll: "M5 20V11M12 20V4M19 20v-6",
  lamp: "M9 18h6M10 21h4M9 15.2a6 6 0 1 1 6 0V18H9z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  undo: "M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4",
  stop: "M7 7h10v10H7z",
};

/** A drawn sign; it never speaks, the button around it has the label. */
export function icon(kind) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[kind] }));
}

/** A button that shows only a sign. */
export function iconButton(kind, label, onclick, extra = "") {
  return el("button", { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label, onclick }, icon(kind));
}

const CJK = /[\u3400-\u9fff\uf900-\ufaff]/u;

/** What a round picture without a photo shows: the given name of a Chinese person, the first signs of a Chinese title,
 * initials of others. */
export function initials(title, person) {
  const clean = title.replace(/[\p{C}\p{Z}\p{M}]+/gu, " ").trim();
  const signs = [...clean.replaceAll(" ", "")];
  if (signs.length && CJK.test(signs[0])) return (person && signs.length <= 3 ? signs.slice(-2) : signs.slice(0, 2)).join("");
  const words = clean.split(" ").filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("") || "·";
}

/** A round picture: everybody keeps their colour wherever they appear. */
export function avatar(id, title, size = "") {
  const person = Number(id) > 0 && !size.includes("robot");
  return el("span", { class: `avatar tint-${tint(id)} ${size}`, "aria-hidden": "true", text: initials(title, person) });
}

/** The number of somebody's colour. */
export function tint(id) {
  return Math.abs(Number(id)) % 7;
}

/** Swallow a promise's failure where somebody else already told of it. */
export function quietly(promise) {
  promise.catch(() => {});
}
