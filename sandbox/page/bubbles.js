// One line of a transcript as an element.

import { avatar, el, icon, name, tint } from "./dom.js";
import { card } from "./map.js";
import { bubbleKind, kindOf, kindWords, media, summaryOf } from "./media.js";
import { pollCard } from "./poll.js";
import { rich } from "./rich.js";
import { clockTime, fullMoment } from "./time.js";
import { isolated, t } from "./words.js";

const FEW_EMOJI = /^(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F){1,3}$/u;

/** A message, or what the chat itself says; `look` is `{group, first, last}` (first and last of the author's run). */
export function row(line, look, act) {
  if (line.service) return serviceRow(line);
  const side = line.mine && !look.channel ? "mine" : "other";
  const classes = ["row", side, look.first ? "first" : "", look.last ? "last" : ""].join(" ");
  const bubble = el("div", { class: `bubble ${kindOfBubble(line)}` }, ...content(line, look, act));
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

function kindOfBubble(line) {
  const kind = bubbleKind(line);
  return !kind && FEW_EMOJI.test(line.text) && !kindOf(line) && !line.reply_to && !line.external ? "jumbo" : kind;
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
  if (line.reply_to) parts.push(quote(line.reply_to, line.quote, act));
  if (line.external) parts.push(externalQuote(line.external));
  if (!line.caption_above || !line.text) parts.push(...media(line, act));
  if (line.contact) parts.push(contactCard(line.contact));
  if (line.venue) parts.push(card(line.venue.location, line.venue, act));
  else if (line.location) parts.push(card(line.location, null, act));
  if (line.poll) parts.push(pollCard(line, act));
  const words = line.text ? el("div", { class: "text", dir: "auto" }, rich(line.text, line.entities || [], act)) : null;
  if (words && line.caption_above) {
    parts.push(words, ...media(line, act), meta(line));
  } else if (words) {
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

function quote(reply, quoted, act) {
  const said = quoted || reply.text || kindWords(reply.kind) || t("photoSent");
  const props = { type: "button", class: quoted ? "quote chosen" : "quote", onclick: () => act.jump(reply.id) };
  return el("button", props, name(reply.from, { class: "quote-who" }), el("span", { class: "quote-text", dir: "auto", text: said }));
}

/** What is answered stands in another chat: it can be read here, but not gone to. */
function externalQuote(external) {
  const who = el("span", { class: "quote-from" }, icon("link"), name(external.from, { class: "quote-who" }), external.title ? name(external.title, { class: "quote-place" }) : null);
  return el("div", { class: "quote elsewhere", title: t("saidElsewhere") }, who, el("span", { class: "quote-text", dir: "auto", text: external.text || kindWords(external.kind) }));
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
  return summaryOf(line);
}
