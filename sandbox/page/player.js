// Music and voices: a button, a line to move along, and the time. What plays goes on playing when its line is drawn anew.

import { fileUrl } from "./api.js";
import { el, icon, name, svg } from "./dom.js";
import { duration } from "./time.js";
import { t } from "./words.js";

const BARS = 44;
const TOO_LARGE = 8 << 20; // bytes beyond which nobody waits for a drawing of the sound
const sounds = new Map(); // by file id, so that side by side both phones show the same
const shapes = new Map();

function soundOf(file) {
  if (!sounds.has(file.file_id)) {
    const sound = new Audio();
    sound.preload = "none";
    sound.src = fileUrl(file.file_id);
    sound.addEventListener("play", () => sounds.forEach((other) => other !== sound && other.pause()));
    sounds.set(file.file_id, sound);
  }
  return sounds.get(file.file_id);
}

/** The button, the slider and the clock of one sound; `drawn(part)` is told how much of it has been heard. */
function controls(file, drawn = () => {}) {
  const sound = soundOf(file);
  const length = () => (Number.isFinite(sound.duration) ? sound.duration : file.duration || 0);
  const button = el("button", { type: "button", class: "player-button", onclick: () => (sound.paused ? sound.play().catch(() => {}) : sound.pause()) });
  const slider = el("input", { type: "range", class: "player-slider", min: "0", max: "1000", step: "1", value: "0", "aria-label": t("seek") });
  slider.addEventListener("input", () => {
    if (length()) sound.currentTime = (slider.value / 1000) * length();
  });
  const clock = el("span", { class: "player-clock" });
  const draw = () => {
    const part = length() ? Math.min(1, sound.currentTime / length()) : 0;
    slider.value = String(Math.round(part * 1000));
    slider.style.setProperty("--part", `${part * 100}%`);
    slider.setAttribute("aria-valuetext", duration(sound.currentTime));
    clock.textContent = sound.currentTime ? `${duration(sound.currentTime)} / ${duration(length())}` : duration(length());
    const label = t(sound.paused ? "play" : "pause");
    if (button.title !== label) {
      button.title = label;
      button.setAttribute("aria-label", label);
      button.replaceChildren(icon(sound.paused ? "start" : "pause"));
    }
    drawn(part);
  };
  // A line that was drawn anew has new controls; the old ones are let go.
  const gone = new AbortController();
  let shown = false;
  const hear = () => {
    shown ||= button.isConnected;
    if (shown && !button.isConnected) gone.abort();
    else draw();
  };
  for (const event of ["timeupdate", "play", "pause", "seeked", "loadedmetadata", "durationchange"]) sound.addEventListener(event, hear, { signal: gone.signal });
  draw();
  return { button, slider, clock };
}

export function musicCard(file) {
  const { button, slider, clock } = controls(file);
  const title = file.title || file.name || t("kind_audio");
  const words = el("span", { class: "player-words" }, name(title, { class: "document-name" }), file.performer ? name(file.performer, { class: "quiet" }) : null, slider);
  return el("div", { class: "player music", role: "group", "aria-label": title }, button, el("span", { class: "player-side" }, words, clock));
}

export function voiceCard(file) {
  const bars = Array.from({ length: BARS }, (_, at) => svg("rect", { x: at * 4, y: 10, width: 2.4, height: 4, rx: 1.2 }));
  const wave = svg("svg", { class: "wave", viewBox: `0 0 ${BARS * 4 - 1.6} 24`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars);
  const { button, slider, clock } = controls(file, (part) => bars.forEach((bar, at) => bar.classList.toggle("heard", (at + 0.5) / BARS <= part)));
  shapeOf(file).then((heights) => heights.forEach((height, at) => {
    bars[at].setAttribute("height", String(2 + height * 20));
    bars[at].setAttribute("y", String(11 - height * 10));
  }));
  return el("div", { class: "player voice", role: "group", "aria-label": t("kind_voice") }, button,
    el("span", { class: "player-side" }, el("span", { class: "wave-box" }, wave, slider), clock));
}

/** How loud the sound is from beginning to end, each from 0 to 1; flat where the browser cannot read it. */
function shapeOf(file) {
  if (!shapes.has(file.file_id)) shapes.set(file.file_id, loudness(file).catch(() => new Array(BARS).fill(0.12)));
  return shapes.get(file.file_id);
}

async function loudness(file) {
  if (file.size > TOO_LARGE) throw new Error("too large");
  const bytes = await (await fetch(fileUrl(file.file_id))).arrayBuffer();
  const sound = (await new OfflineAudioContext(1, 1, 22_050).decodeAudioData(bytes)).getChannelData(0);
  const step = Math.max(1, Math.floor(sound.length / BARS));
  const heights = Array.from({ length: BARS }, (_, at) => {
    let sum = 0;
    for (let place = at * step; place < (at + 1) * step && place < sound.length; place++) sum += sound[place] ** 2;
    return Math.sqrt(sum / step);
  });
  const loudest = Math.max(...heights) || 1;
  return heights.map((height) => Math.max(0.06, height / loudest));
}
