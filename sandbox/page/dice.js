// Thrown dice, drawn. They roll only while they are fresh; afterwards, and for whoever wants no motion, they lie still.

import { el, svg } from "./dom.js";
import { now } from "./store.js";
import { t } from "./words.js";

const FRESH = 5_000; // milliseconds of the sandbox's time
const ROLLING = 1_400; // milliseconds on the screen
const PIPS = { 1: "e", 2: "ai", 3: "aei", 4: "acgi", 5: "acegi", 6: "acdfgi" };
const PLACES = { a: [30, 30], c: [70, 30], d: [30, 50], e: [50, 50], f: [70, 50], g: [30, 70], i: [70, 70] };
const DART = { 1: [93, 16], 2: [79, 76], 3: [26, 70], 4: [36, 33], 5: [58, 58], 6: [50, 50] };
const REELS = ["BAR", "🍇", "🍋", "7️⃣"];
const PINS = [[50, 22], [40, 36], [60, 36], [30, 50], [50, 50], [70, 50]];
const seen = new Map(); // when a throw was first shown here

function circle(cx, cy, r, kind) {
  return svg("circle", { cx, cy, r, class: kind });
}

function words(x, y, size, text, kind = "") {
  const node = svg("text", { x, y, "font-size": size, "text-anchor": "middle", "dominant-baseline": "central", class: kind });
  node.textContent = text;
  return node;
}

function die(value) {
  const pips = [...PIPS[value]].map((place) => circle(...PLACES[place], value === 1 ? 11 : 8, value === 1 ? "pip one" : "pip"));
  return [svg("g", { class: "thrown tumbling" }, svg("rect", { x: 8, y: 8, width: 84, height: 84, rx: 20, class: "die" }), ...pips)];
}

function target(value) {
  const rings = [44, 35, 26, 17, 8].map((radius, at) => circle(50, 50, radius, at % 2 ? "bull pale" : "bull"));
  const [x, y] = DART[value];
  const dart = svg("g", { class: "thrown flying" },
    svg("path", { d: `M${x} ${y}l16 10`, class: "dart" }), svg("path", { d: `M${x + 14} ${y + 9}l9 1-4 6z`, class: "feather" }), circle(x, y, 2.4, "tip"));
  return [...rings, dart];
}

function basket(value) {
  const [x, y] = { 1: [16, 82], 2: [84, 78], 3: [68, 36], 4: [50, 68], 5: [50, 74] }[value];
  return [svg("rect", { x: 24, y: 8, width: 52, height: 34, rx: 4, class: "board" }), svg("rect", { x: 40, y: 22, width: 20, height: 15, class: "frame" }),
    svg("path", { d: "M36 44l6 26M64 44l-6 26M50 44v26M38 53h24M40 62h20", class: "net" }),
    words(x, y, 27, "🏀", "thrown flying"), svg("path", { d: "M34 44h32", class: "hoop" })];
}

function goal(value) {
  const [x, y] = { 1: [8, 84], 2: [91, 24], 3: [50, 62], 4: [28, 44], 5: [75, 40] }[value];
  return [svg("path", { d: "M14 30l72 0M14 42h72M14 54h72M14 66h72M26 22v52M38 22v52M50 22v52M62 22v52M74 22v52", class: "net" }),
    svg("path", { d: "M14 78V22h72v56", class: "frame thick" }), words(x, y, 25, "⚽", "thrown flying")];
}

function pins(value) {
  const down = value === 1 ? 0 : value === 2 ? 1 : value;
  const fallen = [5, 3, 4, 1, 2, 0].slice(0, down);
  return [...PINS.map(([x, y], at) => {
    const lying = fallen.includes(at) ? ` rotate(${at % 2 ? 74 : -74} ${x} ${y + 14})` : "";
    return svg("g", { transform: lying.trim() || "rotate(0)", class: "pin-stand" },
      svg("path", { d: `M${x - 2.6} ${y - 6}c0-5 5.2-5 5.2 0 0 4-1 5 1.6 10.5 1.6 5 1 8-.4 11.5h-7.6c-1.4-3.5-2-6.500-.4-11.5C${x - 1.6} ${y - 1} ${x - 2.6} ${y - 2} ${x - 2.6} ${y - 6}z`, class: "pin" }),
      svg("path", { d: `M${x - 2.4} ${y - 1.5}h4.8`, class: "band" }));
  }), svg("g", { class: "thrown rolling-in" }, circle(50, 86, 11, "ball"), circle(47, 82, 1.5, "hole"), circle(52, 81.5, 1.5, "hole"), circle(50, 86, 1.5, "hole"))];
}

function reels(value) {
  const left = value - 1;
  return [svg("rect", { x: 4, y: 22, width: 92, height: 56, rx: 12, class: "machine" }),
    ...[left & 3, (left >> 2) & 3, (left >> 4) & 3].map((sign, at) => svg("g", {},
      svg("rect", { x: 9 + at * 28, y: 30, width: 26, height: 40, rx: 5, class: "reel" }),
      words(22 + at * 28, 50.5, sign ? 19 : 11, REELS[sign], `thrown spinning spin-${at} ${sign ? "" : "bar-sign"}`)))];
}

const DRAWINGS = { "🎲": die, "🎯": target, "🏀": basket, "⚽": goal, "🎳": pins, "🎰": reels };

export function diceCard(line) {
  const { emoji, value } = line.dice;
  const key = `${line.chat}:${line.id}:${line.date}`;
  if (!seen.has(key)) seen.set(key, now() - line.date * 1000 < FRESH ? performance.now() : -ROLLING);
  const rolls = performance.now() - seen.get(key) < ROLLING;
  const drawing = svg("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" }, ...DRAWINGS[emoji](value));
  const kind = rolls ? "dice rolls" : "dice";
  return el("div", { class: kind, role: "img", "aria-label": `${emoji} ${t("diceValue", value)}`, title: `${emoji} ${value}` }, drawing);
}
