// Below the transcript: the message field, the commands, attachments, the reply keyboard, Start and Unblock.

import { post } from "./api.js";
import { el, icon, iconButton } from "./dom.js";
import { askPoll } from "./askpoll.js";
import { askContact, askPlace } from "./attach.js";
import { summary } from "./bubbles.js";
import { confirmBox, menu } from "./popups.js";
import { offerFiles } from "./sendfiles.js";
import { store } from "./store.js";
import { isolated, t } from "./words.js";

const drafts = new Map();
const QUIET_ACTS = new Set(["edit", "vote", "retract", "stop"]); // nothing new comes of them at the end of the chat

export class Composer {
  /** `pane` says who writes and where (`person`, `chat`), and shows refusals (`tell`). */
  constructor(pane) {
    this.pane = pane;
    this.reply = this.editing = this.keyboard = null;
    this.commands = [];
    this.folded = false;
    this.build();
  }

  build() {
    this.field = el("textarea", { rows: "1", class: "field", dir: "auto", "aria-label": t("write"), maxlength: "40000", enterkeyhint: "send" });
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.keyDown(event));
    this.field.addEventListener("paste", (event) => this.pasted(event));
    this.sendButton = iconButton("send", t("send"), () => this.send(), "send");
    this.menuButton = el("button", { type: "button", class: "menu-pill", onclick: () => this.toggleCommands() }, icon("menu"), el("span", { text: t("commands") }));
    this.attachButton = iconButton("attach", t("attach"), () => this.attach());
    this.keyboardButton = iconButton("keyboard", t("keyboardHide"), () => this.toggleKeyboard());
    this.context = el("div", { class: "context", hidden: true });
    this.suggestions = el("div", { class: "suggestions", role: "listbox", "aria-label": t("commands"), hidden: true });
    this.keys = el("div", { class: "reply-keys", hidden: true, role: "group", "aria-label": t("keyboardShow") });
    this.bar = el("div", { class: "bar" }, this.menuButton, this.attachButton, this.field, this.keyboardButton, this.sendButton);
    this.gate = el("button", { type: "button", class: "gate", hidden: true });
    this.node = el("footer", { class: "composer" }, this.suggestions, this.context, this.bar, this.gate, this.keys);
  }

  get draftKey() {
    return `${this.pane.person.id}:${this.pane.chat.id}:${this.pane.topicId || ""}`;
  }

  /** Another chat or person: their draft, and nothing left over from before. */
  open() {
    this.reply = this.editing = this.keyboard = null;
    this.commands = [];
    this.folded = false;
    this.field.value = drafts.get(this.draftKey) || "";
    this.field.placeholder = t("writeTo", isolated(this.pane.person.name));
    this.showContext();
    this.typed();
    this.showKeyboard();
    this.showGate();
  }

  /** What the sandbox says of this chat: the reply keyboard and the commands menu. */
  take(view) {
    const same = JSON.stringify(view.keyboard) === JSON.stringify(this.keyboard);
    this.commands = view.commands;
    this.menuButton.hidden = !view.commands.length || view.chat.type !== "private";
    if (!same) {
      this.keyboard = view.keyboard;
      this.folded = false;
      if (view.keyboard?.force_reply) this.replyTo(this.pane.lines.find(view.keyboard.message_id));
      this.showKeyboard();
    }
    this.showGate();
  }

  // Start and Unblock take the place of the field

  showGate() {
    const { person, chat } = this.pane;
    const silenced = this.pane.me?.silenced;
    const kind = chat.type !== "private" ? (silenced ? `silent${silenced}` : "") : person.blocked ? "unblock" : person.started ? "" : "start";
    this.gate.hidden = !kind;
    this.bar.hidden = Boolean(kind);
    this.keys.hidden = Boolean(kind) || this.keys.hidden;
    if (!kind || this.gate.dataset.kind === kind + t(kind)) return;
    this.gate.dataset.kind = kind + t(kind);
    this.gate.classList.toggle("silent", kind.startsWith("silent"));
    this.gate.disabled = kind.startsWith("silent");
    if (this.gate.disabled) {
      this.gate.replaceChildren(t(kind));
      return;
    }
    this.gate.replaceChildren(icon(kind === "start" ? "start" : "block"), t(kind));
    this.gate.onclick = () => (kind === "start" ? this.act("start", {}) : this.act("block", { blocked: false }));
  }

  // Writing

  typed() {
    drafts.set(this.draftKey, this.field.value);
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 180)}px`;
    this.sendButton.classList.toggle("ready", Boolean(this.field.value.trim()));
    const asked = /^\/(\w*)$/.exec(this.field.value);
    this.suggest(asked ? this.commands.filter((one) => one.command.startsWith(asked[1])) : []);
  }

  keyDown(event) {
    // While an input method composes (pinyin), Enter chooses a word.
    if (event.isComposing || event.keyCode === 229) return;
    if (!this.suggestions.hidden && this.suggestionKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && (this.reply || this.editing)) {
      this.forget();
    } else if (event.key === "ArrowUp" && !this.field.value && !this.editing) {
      const own = this.pane.lines.messages.findLast((line) => line.mine && line.text && !line.service);
      if (own) this.edit(own);
      event.preventDefault();
    }
  }

  async send() {
    const text = this.field.value;
    if (!text.trim()) return;
    const { reply, editing } = this;
    this.field.value = "";
    this.forget();
    this.typed();
    const done = editing
      ? await this.act("edit", { message: editing.id, text })
      : await this.act("send", { text, ...(reply ? { reply_to: reply.id } : {}) });
    if (done || this.field.value) return;
    this.field.value = text; // nothing typed is lost
    this.typed();
  }

  /** Do something as this person in this chat; a refusal is shown, and told by a false answer. */
  async act(what, body) {
    const { person, chat } = this.pane;
    if (!QUIET_ACTS.has(what)) this.pane.lines.jumpToEnd();
    try {
      await post(what, { as: person.id, chat: chat.id, ...(this.pane.topicId ? { topic: this.pane.topicId } : {}), ...body });
      return true;
    } catch (wrong) {
      this.pane.tell(wrong.message);
      return false;
    }
  }

  // What the message belongs to

  replyTo(line) {
    if (!line) return;
    this.editing = null;
    this.reply = line;
    this.showContext();
    this.focus();
  }

  edit(line) {
    this.reply = null;
    this.editing = line;
    this.field.value = line.text;
    this.typed();
    this.showContext();
    this.focus();
  }

  forget() {
    if (this.editing) this.field.value = "";
    this.reply = this.editing = null;
    this.showContext();
    this.typed();
  }

  showContext() {
    const line = this.reply || this.editing;
    this.context.hidden = !line;
    if (!line) return;
    const words = el("div", { class: "context-words" },
      el("strong", {}, this.editing ? t("editing") : `${t("replyTo")} `, this.editing ? "" : el("bdi", { text: line.from })),
      el("span", { dir: "auto", text: line.text || summary(line) }));
    this.context.replaceChildren(icon(this.editing ? "edit" : "reply"), words, iconButton("close", t("cancel"), () => this.forget()));
  }

  focus() {
    if (matchMedia("(hover: hover)").matches) this.field.focus({ preventScroll: true });
  }

  // Commands

  toggleCommands() {
    this.suggest(this.suggestions.hidden ? this.commands : []);
    if (!this.suggestions.hidden) this.focus();
  }

  suggest(commands) {
    this.suggestions.hidden = !commands.length;
    this.suggestions.replaceChildren(...commands.map((one, index) => this.suggestion(one, index === 0)));
  }

  suggestion(one, first) {
    const props = { type: "button", role: "option", class: "suggestion", tabindex: "-1", "aria-selected": String(first), onclick: () => this.command(`/${one.command}`) };
    return el("button", props, el("span", { class: "suggestion-name", text: `/${one.command}` }), el("span", { class: "suggestion-words", dir: "auto", text: one.description }));
  }

  suggestionKey(event) {
    const all = [...this.suggestions.children];
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const next = all[(at + step + all.length) % all.length];
      all.forEach((one) => one.setAttribute("aria-selected", String(one === next)));
      next.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Tab" || event.key === "Enter") {
      all[at]?.click();
    } else if (event.key === "Escape") {
      this.suggest([]);
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }

  /** Send a command; in a group it names its bot, as a phone does. */
  command(text) {
    const { chat } = this.pane;
    const named = chat.type === "private" || text.includes("@") ? text : `${text}@${store.state.bot.username}`;
    if (/^\/\w*$/.test(this.field.value)) this.field.value = "";
    this.typed();
    return this.act("send", { text: named });
  }

  // The reply keyboard

  showKeyboard() {
    const rows = this.keyboard?.keyboard || [];
    this.keyboardButton.hidden = !rows.length;
    this.keys.hidden = !rows.length || this.folded || !this.gate.hidden;
    this.keys.replaceChildren(...rows.map((row) => el("div", { class: "keys-row" }, ...row.map((key) => this.replyKey(key)))));
    this.field.placeholder = this.keyboard?.input_field_placeholder || t("writeTo", isolated(this.pane.person.name));
    const label = this.folded ? t("keyboardShow") : t("keyboardHide");
    this.keyboardButton.classList.toggle("on", !this.folded);
    this.keyboardButton.setAttribute("aria-label", label);
    this.keyboardButton.title = label;
  }

  replyKey(key) {
    const sign = key.request_contact ? "person" : key.request_location ? "place" : key.request_poll ? "poll" : "";
    return el("button", { type: "button", class: "reply-key", title: key.text, onclick: () => this.tap(key) }, sign ? icon(sign) : null, el("span", { dir: "auto", text: key.text }));
  }

  tap(key) {
    const run = () => this.act("tap", { button: key.text });
    const { person, node } = this.pane;
    const bot = store.state.bot.first_name;
    if (key.request_contact) confirmBox(node, t("sharePhoneTitle"), t("sharePhone", isolated(bot), `+${person.phone}`), t("share"), run);
    else if (key.request_poll) askPoll(node, (poll) => this.act("poll", poll), key.request_poll.type);
    else if (key.request_location) confirmBox(node, t("sharePlaceTitle"), t("sharePlace", isolated(bot)), t("share"), run);
    else run();
  }

  toggleKeyboard() {
    this.folded = !this.folded;
    this.showKeyboard();
  }

  // Attachments

  attach() {
    const place = this.attachButton.getBoundingClientRect();
    const { pane } = this;
    menu(place.left, place.top - 8, [
      { icon: "photo", text: t("photoOrVideo"), run: () => this.pick("image/*,video/*") },
      { icon: "file", text: t("file"), run: () => this.pick("") },
      { icon: "place", text: t("place"), run: () => askPlace(pane.node, (spot) => this.act("location", spot)) },
      { icon: "person", text: t("contact"), run: () => askContact(pane.node, pane.person, (of) => this.act("contact", of)) },
      diceRow((emoji) => this.act("dice", { emoji })),
      ...(pane.chat.type === "private" ? [] : [{ icon: "poll", text: t("poll"), run: () => askPoll(pane.node, (poll) => this.act("poll", poll)) }]),
    ], { above: true });
  }

  pick(accept) {
    const input = el("input", { type: "file", accept, multiple: true });
    input.addEventListener("change", () => this.offer([...input.files], { plain: !accept }));
    input.click();
  }

  pasted(event) {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    this.offer(files);
  }

  /** Show the files once more, with room for a caption, before they go. */
  offer(files, how) {
    if (files.length) offerFiles(this.pane.node, files, (what, body) => this.act(what, body), how);
  }
}

/** The six emoji that can be thrown, as one line of the menu. */
function diceRow(run) {
  const all = ["🎲", "🎯", "🏀", "⚽", "🎳", "🎰"];
  return el("div", { class: "menu-emoji menu-dice", role: "group", "aria-label": t("throwDice") },
    ...all.map((emoji) => el("button", { type: "button", role: "menuitem", text: emoji, title: t("throwDice"), "aria-label": `${t("throwDice")} ${emoji}`, onclick: () => run(emoji) })));
}
