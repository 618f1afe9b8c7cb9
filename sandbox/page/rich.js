// Text with Telegram's entities as elements. Offsets count UTF-16 units, which is how JavaScript counts too.

import { el } from "./dom.js";
import { t } from "./words.js";

const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };
const OPENABLE = new Set(["http:", "https:", "mailto:", "tel:", "tg:"]);

/** The text as a fragment; `act` has what a click does: `link(url)`, `command(text)`, `mention(name)`, `copy(text)`. */
export function rich(text, entities, act) {
  const marks = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, marks, 0, text.length, act);
}

function build(text, marks, from, to, act) {
  const out = document.createDocumentFragment();
  let at = from;
  while (marks.length) {
    const mark = marks.shift();
    const start = Math.max(mark.offset, at);
    const end = Math.min(mark.offset + mark.length, to);
    if (end <= start) continue;
    if (start > at) out.append(text.slice(at, start));
    const inside = takeInside(marks, end);
    const node = wrapped(mark, build(text, inside, start, end, act), text.slice(start, end), act);
    out.append(node);
    at = end;
    // A block already ends its line; the line break behind it would show as an empty one.
    if (isBlock(mark) && text[at] === "\n") at++;
  }
  if (at < to) out.append(text.slice(at, to));
  return out;
}

/** Take the marks that begin before `end`; what reaches beyond is cut in two (marks found in text may overlap others). */
function takeInside(marks, end) {
  const inside = [];
  const rest = [];
  for (const mark of marks) {
    const stop = mark.offset + mark.length;
    if (mark.offset < end) inside.push(mark);
    else rest.push(mark);
    if (mark.offset < end && stop > end) rest.push({ ...mark, offset: end, length: stop - end });
  }
  rest.sort((a, b) => a.offset - b.offset || b.length - a.length);
  marks.splice(0, marks.length, ...rest);
  return inside;
}

function isBlock(mark) {
  return mark.type === "pre" || mark.type.endsWith("blockquote");
}

function wrapped(mark, inner, words, act) {
  const tag = TAGS[mark.type];
  if (tag) return el(tag, {}, inner);
  switch (mark.type) {
    case "code":
      return el("code", { title: t("copy"), onclick: () => act.copy(words) }, inner);
    case "pre":
      return el("pre", { "data-language": mark.language }, el("code", { title: t("copy"), onclick: () => act.copy(words) }, inner));
    case "spoiler":
      return spoiler(inner);
    case "blockquote":
      return el("blockquote", {}, inner);
    case "expandable_blockquote":
      return el("blockquote", { class: "folded", onclick: (event) => event.currentTarget.classList.toggle("folded") }, inner);
    case "bot_command":
      return link(inner, () => act.command(words));
    case "mention":
      return link(inner, () => act.mention(words.slice(1)));
    case "text_mention":
      return link(inner, () => act.mention(mark.user?.username || mark.user?.first_name || ""));
    case "hashtag":
    case "cashtag":
      return el("span", { class: "tag" }, inner);
    case "url":
      return anchor(inner, /^[a-z][a-z0-9+.-]*:/i.test(words) ? words : `https://${words}`, act);
    case "text_link":
      return anchor(inner, mark.url, act);
    case "email":
      return anchor(inner, `mailto:${words}`, act);
    case "phone_number":
      return anchor(inner, `tel:${words}`, act);
    default:
      return inner;
  }
}

function link(inner, onclick) {
  return el("button", { type: "button", class: "link", onclick }, inner);
}

function anchor(inner, url, act) {
  const target = safeUrl(url);
  if (!target) return el("span", {}, inner);
  const onclick = (event) => {
    event.preventDefault();
    act.link(target);
  };
  return el("a", { class: "link", href: target, title: target, rel: "noopener noreferrer", target: "_blank", onclick }, inner);
}

/** The address if a click may open it (never `javascript:` and its kin). */
export function safeUrl(url) {
  try {
    const parsed = new URL(url);
    return OPENABLE.has(parsed.protocol) ? parsed.href : "";
  } catch {
    return "";
  }
}

function spoiler(inner) {
  const reveal = (event) => {
    const node = event.currentTarget;
    if (node.classList.contains("open") || (event.key && event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add("open");
    node.removeAttribute("role");
    node.removeAttribute("aria-label");
  };
  const props = { class: "spoiler", role: "button", tabindex: "0", "aria-label": t("reveal"), onclick: reveal, onkeydown: reveal };
  return el("span", props, el("span", {}, inner));
}

/** What a link of ours asks for: `{start: payload}` for the bot's private chat, or nothing when it leads elsewhere. */
export function botLink(url, username) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return null;
  }
  const query = parsed.searchParams;
  let named = "";
  if (["t.me", "telegram.me", "www.t.me"].includes(parsed.hostname)) named = parsed.pathname.split("/")[1] || "";
  else if (parsed.protocol === "tg:" && /resolve/.test(url)) named = query.get("domain") || "";
  if (named.toLowerCase() !== username.toLowerCase()) return null;
  return { start: query.get("start") };
}
