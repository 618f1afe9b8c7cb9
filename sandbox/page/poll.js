// A poll or quiz inside a bubble: choosing, results that grow, what was right and why, and its own clock.

import { fileUrl } from "./api.js";
import { el, icon, svg } from "./dom.js";
import { card as mapCard } from "./map.js";
import { arrows } from "./popups.js";
import { rich } from "./rich.js";
import { now } from "./store.js";
import { t } from "./words.js";

const RING = 2 * Math.PI * 6.5;
const LATE = 10; // seconds before the end from which the clock warns
const GROWING = { duration: 550, easing: "cubic-bezier(.2, .8, .2, 1)" };

// What a phone remembers of a poll between two drawings: ticks not sent yet, bars as they were, an open explanation.
const memories = new Map();

function remembered(key) {
  if (!memories.has(key)) memories.set(key, { ticked: new Set(), bars: null, unfolded: false });
  return memories.get(key);
}

/** The poll of a line; `act` has `me()`, `vote(line, options)`, `addOption(line)` and `voters(poll)`. */
export function pollCard(line, act) {
  const { poll } = line;
  const memory = remembered(`${act.me()}:${poll.id}`);
  const open = !poll.closed && !poll.voted && !poll.barred;
  if (!open) memory.ticked.clear();
  // Whoever has just answered wrong is told why at once.
  if (poll.right === false && memory.bars && !memory.answered) memory.unfolded = true;
  memory.answered = poll.voted;
  const question = el("div", { class: "poll-question", dir: "auto" }, rich(poll.question, poll.entities, act));
  const card = el("div", { class: `poll ${poll.quiz ? "quiz" : ""}`, role: "group", "aria-label": `${kind(poll)}: ${poll.question}`, tabindex: "-1", "data-keep": "poll" },
    poll.media ? media(poll.media, act) : null,
    poll.description ? el("div", { class: "poll-description", dir: "auto" }, rich(poll.description, poll.description_entities, act)) : null,
    question, head(poll, memory, act));
  card.append(open ? choices(line, memory, act) : results(poll, memory));
  if (poll.adding) card.append(adder(line, act));
  card.append(explanation(poll, memory, act), foot(line, memory, act));
  memory.bars = new Map(poll.options.map((option) => [option.index, option.percent || 0]));
  return card;
}

function kind(poll) {
  return t((poll.anonymous ? "anonymous" : "public") + (poll.quiz ? "Quiz" : "Poll"));
}

function head(poll, memory, act) {
  const words = [poll.closed ? t("finalResults") : kind(poll)];
  if (poll.several && !poll.closed) words.push(t("severalAnswers"));
  const node = el("div", { class: "poll-head" }, el("span", { class: "quiet", text: words.join(" · ") }));
  if (poll.closes_at) node.append(countdown(poll));
  if ((poll.explanation || poll.explanation_media) && (poll.voted || poll.closed)) node.append(lamp(memory));
  return node;
}

// Pictures, files and places

/** What stands beside the words, in full width. */
function media(shown, act) {
  if (shown.venue) return mapCard(shown.venue.location, shown.venue, act);
  if (shown.location) return mapCard(shown.location, null, act);
  if (shown.photo) {
    const source = fileUrl(shown.photo);
    const [width, height] = shown.photo_size;
    const image = el("img", { src: source, alt: t("photo"), width, height, draggable: "false" });
    return el("button", { type: "button", class: "photo poll-photo", "aria-label": t("enlarge"), "data-keep": `photo${shown.photo}`, onclick: () => act.enlarge(source) }, image);
  }
  const file = shown.video || shown.animation || shown.audio || shown.document || shown.sticker;
  return el("a", { class: "poll-file", href: fileUrl(file.file_id), download: file.name || "", title: t("download") }, icon("file"), el("bdi", { text: file.title || file.name || t("file") }));
}

/** The same, small, beside an option; nothing in it can be pressed but the option itself. */
function thumb(option) {
  const shown = option.media;
  if (!shown) return "";
  const picture = shown.photo || (shown.sticker || shown.animation || shown.video)?.thumbnail || shown.sticker?.file_id;
  if (picture) return el("img", { class: "poll-thumb", src: fileUrl(picture), alt: "", draggable: "false" });
  return el("span", { class: "poll-thumb" }, icon(shown.location || shown.venue ? "place" : "file"));
}

// The clock

function countdown(poll) {
  const ring = svg("svg", { class: "ring", viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("circle", { cx: 8, cy: 8, r: 6.5 }), svg("circle", { class: "ring-left", cx: 8, cy: 8, r: 6.5, "stroke-dasharray": RING.toFixed(2) }));
  const node = el("span", { class: "poll-clock", role: "timer", title: t("timeLeft"), "data-until": String(poll.closes_at), "data-period": String(poll.open_period) }, ring, el("b"));
  tick(node);
  return node;
}

/** How long still, in the two largest units that matter. */
function left(seconds) {
  if (seconds >= 86_400) return t("days", Math.ceil(seconds / 86_400));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => (place ? String(part).padStart(2, "0") : String(part))).join(":");
}

function tick(node) {
  const exact = Math.max(0, Number(node.dataset.until) - now() / 1000);
  const seconds = Math.ceil(exact);
  const words = left(seconds);
  const [ring, text] = node.children;
  if (text.textContent !== words) {
    text.textContent = words;
    node.setAttribute("aria-label", `${t("timeLeft")} ${words}`);
  }
  ring.lastChild.setAttribute("stroke-dashoffset", (RING * (1 - Math.min(1, exact / Number(node.dataset.period)))).toFixed(2));
  node.classList.toggle("late", seconds <= LATE);
}

setInterval(() => document.querySelectorAll(".poll-clock").forEach(tick), 250);

// Choosing

function choices(line, memory, act) {
  const { poll } = line;
  const list = el("div", { class: "poll-options", role: "group", "aria-label": t(poll.several ? "severalAnswers" : "chooseOne") });
  for (const option of poll.options) list.append(poll.several ? box(line, option, memory) : choice(line, option, act));
  list.addEventListener("keydown", (event) => arrows(event, list.querySelectorAll("button")));
  return list;
}

function choice(line, option, act) {
  const onclick = (event) => send(event.currentTarget, act, line, [option.index]);
  return el("button", { type: "button", class: "poll-option", "data-keep": `option${option.index}`, onclick }, el("span", { class: "poll-mark" }), words(option), thumb(option));
}

/** Vote once, however often it is pressed. Nothing is disabled meanwhile, because that would lose the keyboard's place. */
async function send(button, act, line, options) {
  const card = button.closest(".poll");
  if (!options.length || card.getAttribute("aria-busy")) return;
  card.setAttribute("aria-busy", "true");
  button.classList.add("sending");
  if (await act.vote(line, options)) return; // the sandbox tells how the poll stands now
  card.removeAttribute("aria-busy");
  button.classList.remove("sending");
}

function box(line, option, memory) {
  const ticked = memory.ticked.has(option.index);
  const onclick = (event) => {
    const button = event.currentTarget;
    const on = !memory.ticked.has(option.index);
    if (on) memory.ticked.add(option.index);
    else memory.ticked.delete(option.index);
    button.setAttribute("aria-checked", String(on));
    button.closest(".poll").querySelector(".poll-send").disabled = !memory.ticked.size;
  };
  const props = { type: "button", class: "poll-option", role: "checkbox", "aria-checked": String(ticked), "data-keep": `option${option.index}`, onclick };
  return el("button", props, el("span", { class: "poll-mark square" }, icon("check")), words(option), thumb(option));
}

/** The row with which a voter adds what is missing. */
function adder(line, act) {
  const onclick = () => act.addOption(line);
  return el("button", { type: "button", class: "poll-option poll-add", "data-keep": "add", onclick }, icon("plus"), el("span", { text: t("addOption") }));
}

function words(option) {
  return el("span", { class: "poll-words", dir: "auto", text: option.text });
}

// Results

function results(poll, memory) {
  return el("div", { class: "poll-options", role: "list" }, ...poll.options.map((option) => result(poll, option, memory)));
}

function result(poll, option, memory) {
  const counted = option.percent !== undefined;
  const state = !option.chosen && !option.correct ? "" : option.correct ? "right" : option.correct === false ? "wrong" : "own";
  const spoken = [option.text, counted ? `${option.percent}%, ${t(poll.quiz ? "answers" : "votes", option.votes)}` : "",
    option.correct ? t("correctAnswer") : "", option.chosen ? t("yourChoice") : "", state === "wrong" ? t("wrongAnswer") : ""].filter(Boolean).join(", ");
  const sign = state ? el("span", { class: "poll-sign" }, icon(state === "wrong" ? "cross" : "check")) : el("span", { class: "poll-sign none" });
  const bar = el("span", { class: "poll-bar" });
  bar.style.width = counted && option.percent ? `${option.percent}%` : "";
  const before = memory.bars?.get(option.index);
  if (counted && before !== undefined && before !== option.percent && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    bar.animate([{ width: `${before}%` }, { width: `${option.percent}%` }], GROWING);
  }
  const looks = ["poll-result", state, option.chosen ? "chosen" : "", counted ? "" : "secret"].join(" ");
  return el("div", { class: looks, role: "listitem", "aria-label": spoken },
    el("span", { class: "poll-percent", text: counted ? `${option.percent}%` : "" }), el("span", { class: "poll-line" }, words(option), thumb(option)), sign, el("span", { class: "poll-track" }, bar));
}

// Why

function lamp(memory) {
  const onclick = (event) => {
    memory.unfolded = !memory.unfolded;
    const button = event.currentTarget;
    button.setAttribute("aria-expanded", String(memory.unfolded));
    button.closest(".poll").querySelector(".poll-why").hidden = !memory.unfolded;
  };
  const props = { type: "button", class: "poll-lamp", "aria-label": t("whyButton"), title: t("whyButton"), "aria-expanded": String(memory.unfolded), "data-keep": "lamp", onclick };
  return el("button", props, icon("lamp"));
}

function explanation(poll, memory, act) {
  if (!(poll.explanation || poll.explanation_media) || !(poll.voted || poll.closed)) return "";
  const said = poll.explanation ? el("span", { dir: "auto" }, rich(poll.explanation, poll.explanation_entities, act)) : null;
  const beside = poll.explanation_media ? media(poll.explanation_media, act) : null;
  const node = el("div", { class: "poll-why", role: "note" }, icon("lamp"), el("div", { class: "poll-why-words" }, beside, said));
  node.hidden = !memory.unfolded;
  return node;
}

// What stands below: the verdict, how many voted, the button to vote

function foot(line, memory, act) {
  const { poll } = line;
  const node = el("div", { class: "poll-foot" });
  if (poll.right !== undefined) {
    const sort = poll.right ? "right" : "wrong";
    node.append(el("span", { class: `poll-verdict ${sort}` }, icon(poll.right ? "check" : "cross"), t(poll.right ? "answeredRight" : "answeredWrong")));
  }
  if (!poll.closed && !poll.voted && !poll.barred && poll.several) {
    const onclick = (event) => send(event.currentTarget, act, line, [...memory.ticked]);
    node.append(el("button", { type: "button", class: "poll-send", disabled: !memory.ticked.size, "data-keep": "send", onclick }, t("voteButton")));
  }
  const total = poll.voters ? t(poll.quiz ? "answered" : "voted", poll.voters) : t(poll.quiz ? "nobodyAnswered" : "nobodyVoted");
  if (poll.barred && !poll.closed) node.append(el("span", { class: "quiet", text: t("membersOnly") }));
  const said = poll.hides_results && poll.voted && !poll.closed ? `${total} · ${t("resultsLater")}` : total;
  if (poll.results && !poll.anonymous && poll.voters) {
    node.append(el("button", { type: "button", class: "poll-voters link", "data-keep": "voters", onclick: () => act.voters(poll), text: said }));
  } else {
    node.append(el("span", { class: "quiet", text: said }));
  }
  return node;
}
