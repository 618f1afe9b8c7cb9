// Photos, videos, animations, stickers and round videos inside a bubble; the sign and words of every kind.

import { fileUrl } from "./api.js";
import { diceCard } from "./dice.js";
import { el, icon, name } from "./dom.js";
import { isVisual, rows } from "./mosaic.js";
import { musicCard, voiceCard } from "./player.js";
import { duration } from "./time.js";
import { t } from "./words.js";

const LARGEST = { width: 330, height: 380 };
const ALBUM_WIDTH = 340;
const KINDS = ["photo", "video", "animation", "audio", "voice", "video_note", "sticker", "dice", "document", "poll", "venue", "location", "contact"];
const SIGNS = { photo: "🖼", video: "🎬", animation: "🎞", audio: "🎵", voice: "🎤", video_note: "📹", document: "📎", poll: "📊", venue: "📍", location: "📍", contact: "👤" };
const uncovered = new Set(); // spoilers that somebody opened stay open on this page

/** What a line holds besides words: the name of its field, or nothing. */
export function kindOf(line) {
  return KINDS.find((kind) => line[kind]);
}

/** What a kind is called. */
export function kindWords(kind) {
  return kind ? t(`kind_${kind}`) : "";
}

/** One line of words for a message: what it says, or what it is. */
export function summaryOf(line) {
  const kind = kindOf(line);
  if (!kind) return line.text;
  if (kind === "sticker") return `${line.sticker.emoji || ""} ${kindWords(kind)}`.trim();
  if (kind === "dice") return `${line.dice.emoji} ${kindWords(kind)}`;
  if (kind === "poll") return `${SIGNS.poll} ${line.poll.question}`;
  const own = { document: line.document?.name, venue: line.venue?.title, audio: line.audio?.title || line.audio?.name }[kind];
  return `${SIGNS[kind]} ${line.text || own || kindWords(kind)}`;
}

/** Pictures fill their bubble; stickers, dice and round videos have none. */
export function bubbleKind(line) {
  if (line.sticker || line.dice || line.video_note) return "loose";
  if (!isVisual(line) && !line.animation && !line.location && !line.venue) return "";
  return line.text ? "media" : "media bare";
}

/** The elements for all files of a line, or of all parts of an album. */
export function media(line, act) {
  if (line.parts) return isVisual(line) ? [mosaic(line.parts, act)] : line.parts.flatMap((part) => stacked(part, act));
  if (line.photo || line.video || line.animation) return [tile(line, act, framed(line))];
  if (line.sticker) return [sticker(line.sticker)];
  if (line.video_note) return [roundVideo(line.video_note)];
  if (line.dice) return [diceCard(line)];
  if (line.audio) return [musicCard(line.audio)];
  if (line.voice) return [voiceCard(line.voice)];
  if (line.document) return [documentCard(line.document)];
  return [];
}

/** Documents and music of one album stand below each other, each with its own words. */
function stacked(part, act) {
  const words = part.text ? [el("div", { class: "part-text", dir: "auto", text: part.text })] : [];
  const card = part.audio ? musicCard(part.audio) : documentCard(part.document);
  return [mark(card, part, act), ...words];
}

function mark(node, part, act) {
  node.dataset.part = String(part.id);
  node.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    event.stopPropagation();
    act.menu(part, event.clientX, event.clientY);
  });
  return node;
}

function sizeOf(line) {
  if (line.photo) return line.photo_size || [4, 3];
  const file = line.video || line.animation;
  return file.width && file.height ? [file.width, file.height] : [16, 9];
}

/** The room is kept before the picture arrives, so that nothing jumps. */
function framed(line) {
  const [width, height] = sizeOf(line);
  const scale = Math.min(LARGEST.width / width, LARGEST.height / height);
  return (node) => {
    node.style.width = `${Math.max(line.text ? 200 : 100, Math.round(width * scale))}px`;
    node.style.aspectRatio = `${width} / ${height}`;
  };
}

function mosaic(parts, act) {
  const ratios = parts.map((part) => Math.min(2.4, Math.max(0.55, sizeOf(part)[0] / sizeOf(part)[1])));
  let at = 0;
  const lines = rows(ratios).map((count) => {
    const row = el("div", { class: "mosaic-row" });
    const sum = ratios.slice(at, at + count).reduce((total, ratio) => total + ratio, 0);
    row.style.aspectRatio = String(sum);
    for (const part of parts.slice(at, at + count)) {
      const ratio = ratios[at++];
      row.append(mark(tile(part, act, (node) => (node.style.flex = `${ratio} 1 0`), parts), part, act));
    }
    return row;
  });
  const box = el("div", { class: "mosaic", role: "group", "aria-label": t("album", parts.length) }, ...lines);
  box.style.width = `${ALBUM_WIDTH}px`;
  return box;
}

/** One picture that can be enlarged, under its cover if it has one. */
function tile(line, act, shape) {
  const box = el("div", { class: "tile" });
  shape(box);
  const shown = line.photo ? photo(line, act) : line.animation ? animation(line.animation) : video(line.video, act);
  box.append(shown);
  if (line.spoiler) box.append(...cover(line, shown, box));
  return box;
}

function photo(line, act) {
  const source = fileUrl(line.photo);
  const image = el("img", { src: source, alt: line.text || t("photo"), loading: "lazy", decoding: "async", draggable: "false" });
  return el("button", { type: "button", class: "photo", "aria-label": t("enlarge"), onclick: () => act.enlarge(source) }, image);
}

function still(file) {
  return file.cover || file.thumbnail ? fileUrl(file.cover || file.thumbnail) : null;
}

function video(file, act) {
  const source = fileUrl(file.file_id);
  // Half a frame in, a browser shows a picture of the video and not its black beginning.
  const frame = el("video", { src: `${source}#t=0.05`, poster: still(file), preload: "metadata", playsinline: true, tabindex: "-1" });
  frame.muted = true;
  const label = file.duration ? `${t("playVideo")} ${duration(file.duration)}` : t("playVideo");
  const sign = el("span", { class: "play" }, icon("start"));
  const length = el("span", { class: "length", text: file.duration ? duration(file.duration) : "" });
  return el("button", { type: "button", class: "photo video", "aria-label": label, onclick: () => act.enlarge(source, "video") }, frame, sign, length);
}

function animation(file) {
  const source = fileUrl(file.file_id);
  if (file.mime.startsWith("image/")) return el("span", { class: "photo" }, el("img", { src: source, alt: t("kind_animation"), draggable: "false" }));
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const frame = el("video", { src: source, poster: still(file), loop: true, playsinline: true, autoplay: !calm, tabindex: "-1" });
  frame.muted = true;
  const toggle = () => (frame.paused ? frame.play() : frame.pause());
  return el("button", { type: "button", class: "photo moving", "aria-label": t("kind_animation"), onclick: toggle }, frame, el("span", { class: "length", text: "GIF" }));
}

/** What lies under a spoiler shows when it is touched. */
function cover(line, shown, box) {
  const key = `${line.chat}:${line.id}`;
  if (uncovered.has(key)) return [];
  box.classList.add("covered");
  shown.inert = true;
  const open = () => {
    uncovered.add(key);
    shown.inert = false;
    box.classList.remove("covered");
    veil.classList.add("leaving");
    setTimeout(() => veil.remove(), 350);
    if (document.activeElement === veil) shown.focus({ preventScroll: true });
  };
  const veil = el("button", { type: "button", class: "cover", "aria-label": t("reveal"), onclick: open });
  return [veil];
}

function sticker(file) {
  const label = `${kindWords("sticker")} ${file.emoji || ""}`.trim();
  if (file.is_animated) return el("div", { class: "sticker unmoving", role: "img", "aria-label": label, text: file.emoji || "✨" });
  const source = fileUrl(file.file_id);
  if (file.is_video) {
    const frame = el("video", { class: "sticker", src: source, loop: true, autoplay: true, playsinline: true, "aria-label": label });
    frame.muted = true;
    return frame;
  }
  const image = el("img", { class: "sticker", src: source, alt: label, draggable: "false" });
  const scale = 190 / Math.max(file.width, file.height);
  image.style.width = `${Math.round(file.width * scale)}px`;
  image.style.aspectRatio = `${file.width} / ${file.height}`;
  return image;
}

function roundVideo(file) {
  const frame = el("video", { src: fileUrl(file.file_id), poster: still(file), preload: "metadata", playsinline: true, tabindex: "-1" });
  const box = el("button", { type: "button", class: "round-video", "aria-label": t("playVideo") }, frame, el("span", { class: "play" }, icon("start")), el("span", { class: "length", text: file.duration ? duration(file.duration) : "" }));
  box.addEventListener("click", () => (frame.paused ? frame.play().catch(() => {}) : frame.pause()));
  for (const event of ["play", "pause", "ended"]) frame.addEventListener(event, () => box.classList.toggle("playing", !frame.paused && !frame.ended));
  return box;
}

function size(bytes) {
  const kib = bytes / 1024;
  if (kib < 1) return `${bytes} B`;
  return kib < 1024 ? `${kib.toFixed(kib < 10 ? 1 : 0)} KB` : `${(kib / 1024).toFixed(1)} MB`;
}

function documentCard(file) {
  const ending = (/\.(\w{1,4})$/.exec(file.name) || ["", ""])[1];
  return el(
    "a",
    { class: "document", href: fileUrl(file.file_id), download: file.name, title: t("download") },
    el("span", { class: "document-icon" }, ending ? el("span", { text: ending }) : icon("file")),
    el("span", { class: "document-words" }, name(file.name, { class: "document-name" }), el("span", { class: "quiet", text: size(file.size) })),
  );
}
