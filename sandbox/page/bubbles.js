// One line of a transcript as an element.

import { fileUrl } from "./api.js";
import { avatar, el, icon, name, tint } from "./dom.js";
import { card } from "./map.js";
import { pollCard } from "./poll.js";
import { rich } from "./rich.js";
import { clockTime, fullMoment } from "./time.js";
import { isolated, t } from "./words.js";

const FEW_EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F){1,3}$/u;
const PHOTO_LARGEST = { width: 330, height: 380 };

/** A message, or what the chat itself says; `look` is `{group, first, last}` (first and last of the author's run). */
export function row(line, look, act) {
  if (line.service) return serviceRow(line);
  const side = line.mine && !look.channel ? "mine" : "other";
  const classes = ["row", side, look.first ? "first" : "", look.last ? "last" : ""].join(" ");
  const bubble = el("div", { class: `bubble ${bubbleKind(line)}` }, ...content(line, look, act));
  const stack = el("div", { class: "stack" }, bubble, keys(line, act), reactions(line, act));
  const node = el("div", { class: classes, "data-id": String(line.id), role: "article", "aria-label": line.from }, stack);
  if (look.group && side === "other") node.prepend(look.last ? avatar(line.from_id, line.from, line.bot ? "small robot" : "small") : el("span", { class: "avatar-room" }));
  bubble.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    act.menu(line, event.clientX, event.clientY);
  });
  bubble.addEventListener("dblclick", (event) => {
    if (!event.target.closest("button, a, code")) act.reply(line);
  });
  return node;
}

function bubbleKind(line) {
  if (FEW_EMOJI.test(line.text) && !line.photo && !line.reply_to) return "jumbo";
  if ((line.photo || line.location || line.venue) && !line.text) return "media bare";
  return line.photo || line.location || line.venue ? "media" : "";
}

function content(line, look, act) {
  const parts = [];
  if (look.tagged && look.first && line.topic > 1) {
    parts.push(el("button", { type: "button", class: "topic-tag", onclick: () => act.topic(line.topic) }, icon("hash"), name(line.topic_name)));
  }
  if (look.group && (!line.mine || look.channel) && look.first) {
    parts.push(el("div", { class: `author ink-${line.bot ? "robot" : tint(line.from_id)}` }, name(line.from), line.bot ? el("span", { class: "badge-bot", text: t("bot") }) : null));
  }
  if (line.forwarded_from) parts.push(el("div", { class: "forwarded" }, `${t("forwarded")} `, name(line.forwarded_from)));
  if (line.reply_to) parts.push(quote(line.reply_to, act));
  if (line.photo) parts.push(photo(line, act));
  if (line.document) parts.push(documentCard(line.document));
  if (line.contact) parts.push(contactCard(line.contact));
  if (line.venue) parts.push(card(line.venue.location, line.venue, act));
  else if (line.location) parts.push(card(line.location, null, act));
  if (line.poll) parts.push(pollCard(line, act));
  const words = line.text ? el("div", { class: "text", dir: "auto" }, rich(line.text, line.entities || [], act)) : null;
  if (words) {
    words.append(meta(line));
    parts.push(words);
  } else {
    parts.push(meta(line));
  }
  return parts;
}

function meta(line) {
  const when = line.date * 1000;
  const node = el("span", { class: "meta", title: fullMoment(when) });
  if (line.pinned) node.append(icon("pin"));
  if (line.edited) node.append(el("span", { text: t("edited") }));
  node.append(el("time", { text: clockTime(when) }));
  if (line.mine) node.append(icon("ticks"));
  return node;
}

function quote(reply, act) {
  const props = { type: "button", class: "quote", onclick: () => act.jump(reply.id) };
  return el("button", props, name(reply.from, { class: "quote-who" }), el("span", { class: "quote-text", dir: "auto", text: reply.text || t("photoSent") }));
}

function photo(line, act) {
  const [width, height] = line.photo_size || [4, 3];
  const scale = Math.min(PHOTO_LARGEST.width / width, PHOTO_LARGEST.height / height);
  const source = fileUrl(line.photo);
  const image = el("img", { src: source, alt: t("photo"), width, height, loading: "lazy", decoding: "async", draggable: "false" });
  const button = el("button", { type: "button", class: "photo", "aria-label": t("enlarge"), onclick: () => act.enlarge(source) }, image);
  // The room is kept before the picture arrives, so that nothing jumps.
  button.style.width = `${Math.max(90, Math.round(width * scale))}px`;
  button.style.aspectRatio = `${width} / ${height}`;
  return button;
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

function contactCard(contact) {
  const full = [contact.first_name, contact.last_name].filter(Boolean).join(" ");
  return el(
    "div",
    { class: "contact" },
    avatar(contact.user_id || 0, full),
    el("span", { class: "document-words" }, name(full, { class: "document-name" }), el("span", { class: "quiet", text: `+${contact.phone_number}`.replace("++", "+") })),
  );
}

/** The buttons under a message, row by row as the bot set them. */
function keys(line, act) {
  if (!line.buttons) return null;
  const rows = line.buttons.map((buttons) => el("div", { class: "keys-row" }, ...buttons.map((button) => key(line, button, act))));
  return el("div", { class: "keys" }, ...rows);
}

function key(line, button, act) {
  const sign = { url: "link", copy_text: "copy" }[button.kind];
  const props = {
    type: "button", class: "key", title: button.text, "data-value": button.kind === "callback_data" ? button.value : "",
    onclick: () => act.press(line, button),
  };
  return el("button", props, el("span", { dir: "auto", text: button.text }), sign ? icon(sign) : null);
}

function reactions(line, act) {
  if (!line.reactions) return null;
  const counts = new Map();
  for (const emoji of line.reactions) counts.set(emoji, (counts.get(emoji) || 0) + 1);
  const chips = [...counts].map(([emoji, count]) =>
    el("button", { type: "button", class: "chip", onclick: () => act.react(line, emoji) }, emoji, count > 1 ? el("span", { text: String(count) }) : null));
  return el("div", { class: "reactions" }, ...chips);
}

/** What the chat itself says, in the page's words. */
export function serviceWords(service) {
  const { kind } = service;
  const by = isolated(service.by);
  const list = (service.names || []).map(isolated).join("、");
  switch (kind) {
    case "joined": return t("joined", by, list);
    case "left": return t("left", by, list);
    case "poll_option_added": return t("addedOption", by, list);
    case "pinned": return t("didPin", by);
    case "group_chat_created": return t("created", by);
    case "migrate_to_chat_id": return t("upgraded");
    case "migrate_from_chat_id": return t("fromOld");
    case "new_chat_title": return t("renamed", by, isolated(service.value));
    case "forum_topic_created": return t("topicMade", by, isolated(service.value));
    case "forum_topic_edited": return t("topicRenamed", by, service.value && isolated(service.value));
    case "forum_topic_closed": return t("topicClosed", by);
    case "forum_topic_reopened": return t("topicReopened", by);
    case "general_forum_topic_hidden": return t("generalHidden", by);
    case "general_forum_topic_unhidden": return t("generalShown", by);
    default: return kind;
  }
}

function serviceRow(line) {
  return el("div", { class: "row service", "data-id": String(line.id) }, el("span", { class: "pill", dir: "auto", text: serviceWords(line.service) }));
}

/** One line of words for the list of chats and the pinned bar. */
export function summary(line) {
  if (!line) return "";
  if (line.service) return serviceWords(line.service);
  if (line.poll) return `📊 ${line.poll.question}`;
  const kinds = [["photo", "🖼 "], ["document", "📎 "], ["venue", "📍 "], ["location", "📍 "], ["contact", "👤 "]];
  const found = kinds.find(([kind]) => line[kind]);
  if (!found) return line.text;
  const [kind, sign] = found;
  const plain = { photo: t("photo"), document: line.document?.name, venue: line.venue?.title, location: t("location"), contact: t("contact") };
  return sign + (line.text || plain[kind]);
}
