// The sandbox's clock and the panel that moves it.

import { post } from "./api.js";
import { el, icon, iconButton } from "./dom.js";
import { dialog } from "./popups.js";
import { now, store } from "./store.js";
import { clockTime, dateLine, localOf, momentOf, movedWords, tomorrowMorning } from "./time.js";
import { t } from "./words.js";

const MOVED = 30_000; // less than this is only how long an answer took

export function moved() {
  return Math.abs(store.moved) > MOVED;
}

/** Move the clock; its face shows at once what became of it. */
async function move(desk, body) {
  try {
    const answer = await post("clock", body);
    store.offset = Date.parse(answer.now) - Date.now();
    store.moved = answer.moved * 1000;
    desk.draw();
  } catch (wrong) {
    desk.tell(wrong.message);
  }
}

function to(desk, ms) {
  return move(desk, { to: new Date(ms).toISOString() });
}

/** All that moves the clock; `after()` runs after each move. */
function controls(desk) {
  const step = (words, body) => el("button", { type: "button", class: "chip", text: words, onclick: () => move(desk, body) });
  const at = el("input", { type: "datetime-local", "aria-label": t("moveTo"), required: true });
  // The browser tells of the unfolding a little later: what has been filled in by then stays.
  const unfold = (event) => { at.value = event.target.open ? at.value || localOf(now()) : ""; };
  const onsubmit = (event) => {
    event.preventDefault();
    if (at.value) to(desk, momentOf(at.value));
  };
  return [
    el("div", { class: "chips steps" }, step(t("plusMinute"), { minutes: 1 }), step(t("plusTen"), { minutes: 10 }), step(t("plusHour"), { hours: 1 }), step(t("plusDay"), { days: 1 })),
    el("button", { type: "button", class: "wide-button", onclick: () => to(desk, tomorrowMorning(now())) }, icon("clock"), t("tomorrow")),
    el("details", { class: "clock-more", ontoggle: unfold }, el("summary", { text: t("moveTo") }), el("form", { class: "clock-at", onsubmit }, at, el("button", { type: "submit", class: "primary", text: t("go") }))),
  ];
}

/** The time, the date and how far they were moved. */
class Face {
  constructor(desk) {
    this.time = el("strong", { class: "clock-time" });
    this.date = el("span", { class: "clock-date" });
    this.gap = el("span", { class: "clock-gap" });
    this.home = el("button", { type: "button", class: "clock-home", onclick: () => to(desk, now() - store.moved) });
    this.node = el("div", { class: "clock-face", role: "timer", "aria-label": t("clockNow") }, this.time, this.date, this.gap, this.home);
  }

  draw() {
    this.time.textContent = clockTime(now());
    this.date.textContent = dateLine(now());
    this.gap.textContent = moved() ? movedWords(store.moved) : t("beijing");
    this.home.textContent = t("backNow");
    this.home.hidden = !moved();
    this.gap.classList.toggle("quiet", !moved());
    this.node.classList.toggle("moved", moved());
  }
}

/** The clock at the foot of the people's column. */
export class ClockCard {
  constructor(desk) {
    this.desk = desk;
    this.face = new Face(desk);
    this.controls = el("div", { class: "clock-controls" });
    this.node = el("section", { class: "clock-card", "aria-label": t("clock") }, this.face.node, this.controls);
    this.dress();
  }

  /** The words, in the language that is chosen now. */
  dress() {
    this.controls.replaceChildren(...controls(this.desk));
  }

  draw() {
    this.face.draw();
  }
}

/** The same in a box, where there is no column. */
export function showClock(desk, host) {
  dialog(host, t("clock"), (close) => {
    const face = new Face(desk);
    face.draw();
    desk.faces.add(face);
    return [el("div", { class: "dialog-head" }, el("h2", { text: t("clock") }), iconButton("close", t("close"), close)), face.node, el("p", { class: "quiet", text: t("clockHint") }), ...controls(desk)];
  }, { kind: "clock-card" });
}
