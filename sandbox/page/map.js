// A place as a small drawn map. No tiles come from anywhere: the streets are invented, but the same place always looks
// the same.

import { el, icon, svg } from "./dom.js";
import { t } from "./words.js";

const WIDTH = 280;
const HEIGHT = 132;

/** Numbers in 0…1 that depend on nothing but the place. */
function dice(latitude, longitude) {
  let seed = (Math.round(latitude * 10_000) * 73_856_093) ^ (Math.round(longitude * 10_000) * 19_349_663);
  return () => {
    seed = (Math.imul(seed ^ (seed >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    return ((seed ^ (seed >>> 13)) >>> 0) / 4_294_967_296;
  };
}

function road(kind, x1, y1, x2, y2) {
  return svg("line", { class: kind, x1, y1, x2, y2 });
}

/** The drawing alone. */
export function drawing(latitude, longitude) {
  const next = dice(latitude, longitude);
  const slope = (next() - 0.5) * 50;
  const park = { class: "park", x: next() * 190, y: next() * 70, width: 50 + next() * 50, height: 34 + next() * 30, rx: 8 };
  const shapes = [svg("rect", { class: "land", width: WIDTH, height: HEIGHT }), svg("rect", park)];
  const bend = next() * HEIGHT;
  shapes.push(svg("path", { class: "water", d: `M-5 ${bend} C 90 ${bend - 60}, 170 ${bend + 70}, 290 ${HEIGHT - bend}` }));
  for (let x = 20 + next() * 20; x < WIDTH; x += 38 + next() * 34) shapes.push(road("lane", x, -5, x + slope, HEIGHT + 5));
  for (let y = 14 + next() * 14; y < HEIGHT; y += 26 + next() * 20) shapes.push(road("lane", -5, y, WIDTH + 5, y - slope / 3));
  shapes.push(road("avenue", -5, 66 + slope / 6, WIDTH + 5, 66 - slope / 6));
  shapes.push(road("avenue", 140 - slope / 2, -5, 140 + slope / 2, HEIGHT + 5));
  shapes.push(svg("ellipse", { class: "shade", cx: 140, cy: 67, rx: 7, ry: 2.5 }));
  shapes.push(svg("path", { class: "pin", d: "M140 66c-10-13-15-19-15-27a15 15 0 0 1 30 0c0 8-5 14-15 27z" }));
  shapes.push(svg("circle", { class: "hole", cx: 140, cy: 39, r: 5.5 }));
  return svg("svg", { class: "map", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "xMidYMid slice", role: "img", "aria-label": t("location") }, ...shapes);
}

export function coordinates(place) {
  return `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;
}

/** The card in a bubble: a click copies where it is. */
export function card(place, venue, act) {
  const where = coordinates(place);
  const words = el(
    "span",
    { class: "map-words" },
    venue ? el("strong", { dir: "auto", text: venue.title }) : el("strong", { text: t("location") }),
    venue ? el("span", { dir: "auto", text: venue.address }) : null,
    el("span", { class: "quiet", text: where }),
  );
  const props = { type: "button", class: "map-card", title: t("copyPlace"), onclick: () => act.copy(where) };
  return el("button", props, drawing(place.latitude, place.longitude), el("span", { class: "map-foot" }, icon("place"), words));
}
