// One phone: somebody's list of chats and the open chat. The page shows one, or two side by side.

import { post } from "./api.js";
import { askOption } from "./askpoll.js";
import { summary } from "./bubbles.js";
import { Composer } from "./composer.js";
import { avatar, el, icon, iconButton, name, quietly } from "./dom.js";
import { Lines } from "./lines.js";
import { chatMenu, listMenu, messageMenu, showVoters } from "./menus.js";
import { drawAsking, isInvite, openLink, showMembers } from "./members.js";
import { alertBox, lightbox, toast } from "./popups.js";
import { botLink } from "./rich.js";
import { chatOf, find, group, now, person, store, unreadCounter } from "./store.js";
import { TopicBar } from "./topics.js";
import { clockTime, dateLine, shortMoment } from "./time.js";
import { t } from "./words.js";

const TYPING = 5_000; // Telegram shows "typing…" so long unless a message comes

export class Pane {
  /** `desk` is the page: `choosePerson(pane, button)`, `showClock(button)`, `changed()` when the address shall follow. */
  constructor(desk) {
    this.desk = desk;
    this.personId = this.chatId = this.topicId = this.me = null;
    this.typingUntil = 0;
    this.lines = new Lines(this.acts(), (view) => this.viewed(view));
    this.build();
    this.composer = new Composer(this);
    this.chatColumn.append(this.composer.node);
    this.drop();
  }

  get person() {
    return person(this.personId);
  }

  get chat() {
    return chatOf(this.personId, this.chatId);
  }

  // Building

  build() {
    this.statusTime = el("button", { type: "button", class: "status-clock", onclick: () => this.desk.showClock(this.statusTime) });
    this.statusWho = el("button", { type: "button", class: "status-who", "aria-haspopup": "dialog", onclick: () => this.desk.choosePerson(this, this.statusWho) });
    this.status = el("div", { class: "status" }, this.statusTime, this.statusWho);
    this.listWho = el("button", { type: "button", class: "list-who", onclick: () => this.desk.choosePerson(this, this.listWho) });
    this.listTitle = el("strong", { class: "list-title", text: t("chats") });
    this.listHint = el("p", { class: "list-hint", text: t("listHint") });
    this.listMore = iconButton("more", t("more"), () => listMenu(this, this.listMore));
    this.chats = el("nav", { class: "chats", "aria-label": t("chats") });
    this.listColumn = el("section", { class: "list-column" }, el("header", { class: "head" }, this.listWho, this.listTitle, this.listMore), this.chats, this.listHint);
    this.back = iconButton("back", t("back"), () => this.closeChat(), "back");
    this.title = el("button", { type: "button", class: "chat-title", onclick: () => this.chat?.type !== "private" && showMembers(this) });
    this.more = iconButton("more", t("more"), () => chatMenu(this, this.more));
    this.topicBar = new TopicBar(this);
    this.asking = el("div", { class: "asking", role: "status", hidden: true });
    this.pinned = el("button", { type: "button", class: "pinned", hidden: true });
    this.toEnd = el("button", { type: "button", class: "to-end", hidden: true, onclick: () => this.lines.jumpToEnd() });
    this.toasts = el("div", { class: "toasts", "aria-live": "polite" });
    this.hollow = el("div", { class: "hollow", hidden: true });
    const stage = el("div", { class: "stage" }, this.lines.scroller, this.hollow, this.toasts, this.toEnd);
    this.chatColumn = el("section", { class: "chat-column" }, el("header", { class: "head" }, this.back, this.title, this.more), this.asking, this.topicBar.node, this.pinned, stage);
    this.nothing = el("section", { class: "nothing" });
    const body = el("div", { class: "pane-body" }, this.listColumn, this.chatColumn, this.nothing);
    this.node = el("main", { class: "pane" }, this.status, body);
    this.node.addEventListener("focusin", () => this.desk.activate(this));
    this.node.addEventListener("pointerdown", () => this.desk.activate(this));
  }

  /** A file dropped on the chat is offered for sending. */
  drop() {
    this.chatColumn.addEventListener("dragover", (event) => event.preventDefault());
    this.chatColumn.addEventListener("drop", (event) => {
      event.preventDefault();
      if (this.chat) this.composer.offer([...event.dataTransfer.files]);
    });
  }

  // Who and where

  /** Be somebody; a group they are in too stays open. */
  be(personId, chatId = this.chatId) {
    const group = chatId < 0 && chatOf(personId, chatId) ? chatId : null;
    const wasPrivate = chatId !== null && chatId > 0;
    this.personId = personId;
    this.openChat(group ?? (wasPrivate ? personId : null));
  }

  openChat(chatId) {
    // What was asked in one place must not be sent from another.
    this.node.querySelectorAll(".veil").forEach((veil) => veil.remove());
    this.chatId = chatId !== null && chatOf(this.personId, chatId) ? chatId : null;
    this.topicId = this.me = null;
    this.asking.hidden = true;
    this.typingUntil = 0;
    this.toasts.replaceChildren();
    const { person, chat } = this;
    if (chat) {
      this.composer.open();
      quietly(this.lines.open(person, chat));
      if (!this.desk.narrow(this)) this.composer.focus();
    } else {
      this.lines.close();
    }
    this.draw();
    this.desk.changed();
  }

  /** In a forum: show one topic and write into it, or (null) see everything. */
  chooseTopic(topicId) {
    if (!this.chat || topicId === this.topicId) return;
    this.topicId = topicId;
    this.composer.open();
    this.topicBar.draw();
    quietly(this.lines.open(this.person, this.chat, topicId));
    if (!this.desk.narrow(this)) this.composer.focus();
  }

  closeChat() {
    this.openChat(null);
    this.chats.querySelector("button")?.focus({ preventScroll: true });
  }

  // Drawing

  draw() {
    const { person, chat } = this;
    if (!person) return;
    if (this.chatId !== null && !chat) return this.closeChat(); // left, or deleted
    this.node.classList.toggle("in-chat", Boolean(chat));
    this.node.setAttribute("aria-label", `${t("youAre")} ${person.name}`);
    this.drawWho(person);
    this.drawList(person);
    if (chat) this.drawHead(chat);
    if (chat) this.topicBar.draw();
    else this.drawNothing();
    if (chat) this.composer.showGate();
    this.drawPlace();
    return undefined;
  }

  drawWho(person) {
    this.statusWho.replaceChildren(el("span", { class: "quiet", text: t("youAre") }), avatar(person.id, person.name, "tiny"), name(person.name), icon("down"));
    this.listWho.replaceChildren(avatar(person.id, person.name, "medium"),
      el("span", { class: "list-who-words" }, el("span", { class: "quiet", text: t("youAre") }), name(person.name)), icon("down"));
    this.drawTime();
  }

  drawTime() {
    this.statusTime.classList.toggle("moved", Math.abs(store.moved) > 30_000);
    this.statusTime.replaceChildren(icon("clock"), el("b", { text: clockTime(now()) }), el("span", { text: dateLine(now()) }));
  }

  drawList(person) {
    const unread = unreadCounter();
    const sign = JSON.stringify([person.chats, this.chatId, person.blocked, person.chats.map((chat) => unread.inChat(person.id, chat)), t("app"), dateLine(now())]);
    if (sign === this.listSign) return;
    this.listSign = sign;
    const focused = this.chats.contains(document.activeElement) ? document.activeElement.dataset.chat : null;
    this.chats.replaceChildren(...person.chats.map((chat) => this.chatRow(person, chat, unread.inChat(person.id, chat))));
    if (focused) this.chats.querySelector(`[data-chat="${focused}"]`)?.focus({ preventScroll: true });
  }

  chatRow(person, chat, unread) {
    const own = chat.id === this.chatId;
    const bot = chat.type === "private";
    const { last } = chat;
    const title = el("span", { class: "chat-name" }, chat.type === "channel" ? icon("channel") : group(chat.id)?.forum ? icon("hash") : null, name(chat.title), bot ? el("span", { class: "badge-bot", text: t("bot") }) : null);
    const author = last && !last.service && (last.mine ? t("you") : bot ? "" : last.from);
    const said = el("span", { class: "chat-last", dir: "auto" },
      bot && person.blocked ? el("em", { text: `${t("blocked")} ` }) : null,
      author ? name(`${author}: `, { class: "chat-author" }) : null,
      last ? summary(last).slice(0, 120) : t(bot ? "startHint" : "emptyGroup"));
    const badge = unread ? el("span", { class: "count", "aria-label": t("unreadLabel", unread), text: unread > 98 ? "99+" : String(unread) }) : null;
    const props = { type: "button", class: `chat-row ${own ? "current" : ""}`, "aria-current": own && "true", "data-chat": String(chat.id), onclick: () => this.openChat(chat.id) };
    return el("button", props, avatar(bot ? store.state.bot.id : chat.id, chat.title, bot ? "robot" : ""),
      el("span", { class: "chat-words" },
        el("span", { class: "chat-line" }, title, last ? el("time", { text: shortMoment(last.date * 1000, now()) }) : null),
        el("span", { class: "chat-line" }, said, badge)));
  }

  drawHead(chat) {
    const bot = chat.type === "private";
    const typing = this.typingUntil > Date.now();
    const members = group(chat.id)?.members.filter((one) => !["left", "kicked"].includes(one.status)) || [];
    const under = typing
      ? el("span", { class: "typing" }, t("typing"), el("i"), el("i"), el("i"))
      : el("span", { class: "quiet", text: bot ? (this.person.blocked ? t("blocked") : t("bot")) : t(chat.type === "channel" ? "subscribers" : "members", members.length) });
    this.title.replaceChildren(avatar(bot ? store.state.bot.id : chat.id, chat.title, `medium ${bot ? "robot" : ""}`),
      el("span", { class: "chat-title-words" }, name(chat.title), under));
  }

  drawNothing() {
    this.nothing.replaceChildren(el("div", { class: "nothing-card" }, el("strong", { text: t("choose") }), el("span", { text: t("chooseHint") })));
  }

  /** What the sandbox answered about the open chat. */
  viewed(view) {
    if (!this.chat) return;
    this.me = view.me || null;
    const gone = this.topicId && !group(this.chatId)?.topics.some((topic) => topic.id === this.topicId);
    if (gone) this.chooseTopic(null);
    this.topicBar.draw(this.me?.rights);
    drawAsking(this, this.asking);
    this.composer.take(view);
    this.drawPinned(view);
    const empty = !view.messages.length;
    this.hollow.hidden = !empty;
    if (empty) this.drawHollow(view);
  }

  drawHollow(view) {
    const bot = view.chat.type === "private";
    this.hollow.replaceChildren(el("div", { class: "hollow-card" },
      avatar(bot ? store.state.bot.id : view.chat.id, view.chat.title, `large ${bot ? "robot" : ""}`),
      el("strong", { text: view.description ? t("whatCan") : t(bot ? "emptyPrivate" : "emptyGroup") }),
      el("p", { dir: "auto", text: view.description || (bot ? t("startHint") : "") })));
  }

  drawPinned(view) {
    const line = view.messages.findLast((one) => one.pinned);
    this.pinned.hidden = !line;
    if (!line) return;
    this.pinned.replaceChildren(icon("pin"), el("span", { class: "context-words" }, el("strong", { text: t("pinned") }), el("span", { dir: "auto", text: summary(line) })));
    this.pinned.onclick = () => this.lines.jump(line.id);
  }

  /** The button that leads to the end, with what waits there. */
  drawPlace() {
    this.toEnd.hidden = !this.chat || this.lines.stick;
    if (this.toEnd.hidden) return;
    const { unseen } = this.lines;
    const label = unseen ? t("newBelow", unseen) : t("toBottom");
    if (this.toEnd.dataset.label === label) return;
    this.toEnd.dataset.label = label;
    this.toEnd.setAttribute("aria-label", label);
    this.toEnd.replaceChildren(icon("down"), unseen ? el("span", { text: label }) : "");
  }

  // Hearing

  changed(change) {
    if (change.chats?.includes(this.chatId)) this.typingUntil = 0;
    if (this.chat && (change.all || change.reset || change.commands || change.people || change.chats?.includes(this.chatId))) quietly(this.lines.refresh());
  }

  typing({ chat }) {
    if (chat !== this.chatId || !this.chat) return;
    this.typingUntil = Date.now() + TYPING;
    this.drawHead(this.chat);
    setTimeout(() => this.chat && this.drawHead(this.chat), TYPING + 50);
  }

  /** The bot answered a pressed button. */
  answered(answer) {
    if (answer.person_id !== this.personId) return;
    this.lines.answered(answer.data);
    if (answer.text && answer.show_alert) alertBox(this.node, store.state.bot.first_name, answer.text);
    else if (answer.text) this.tell(answer.text);
    if (answer.url) this.follow(answer.url);
  }

  tell(text) {
    if (this.chat) toast(this.toasts, text);
    else toast(this.desk.toasts, text);
  }

  // What clicks in the transcript do

  acts() {
    return {
      link: (url) => this.follow(url),
      command: (text) => quietly(this.composer.command(text)),
      mention: (who) => this.mention(who),
      copy: (text) => this.copy(text),
      enlarge: (source, kind) => lightbox(source, kind),
      topic: (id) => this.chooseTopic(id),
      jump: (id) => this.lines.jump(id),
      reply: (line) => this.composer.replyTo(line),
      react: (line, emoji) => quietly(this.react(line, emoji)),
      menu: (line, x, y) => messageMenu(this, line, x, y),
      me: () => this.personId,
      vote: (line, options) => this.composer.act("vote", { message: line.id, options }),
      addOption: (line) => askOption(this.node, (text) => quietly(this.composer.act("option", { message: line.id, text }))),
      voters: (poll) => showVoters(this, poll),
      press: (line, button) => quietly(this.press(line, button)),
    };
  }

  async press(line, button) {
    if (button.kind === "url") return this.follow(button.value);
    if (button.kind === "copy_text") return this.copy(button.value);
    const callback = button.kind === "callback_data";
    if (callback) this.lines.wait(line, button.value);
    const what = callback ? { data: button.value } : { button: button.text };
    try {
      await post("press", { as: this.personId, chat: this.chatId, message: line.id, ...what });
    } catch (wrong) {
      this.lines.answered(button.value);
      this.tell(wrong.message);
    }
    return undefined;
  }

  async react(line, emoji) {
    const mine = line.reactions?.includes(emoji);
    await this.composer.act("react", { message: line.id, emoji: mine ? "" : emoji });
  }

  /** Links to the bot open its chat and start it; others open beside the page. */
  follow(url) {
    if (isInvite(url)) {
      quietly(openLink(this, url));
      return;
    }
    const ours = botLink(url, store.state.bot.username);
    if (!ours) {
      if (/^tg:/.test(url)) this.tell(t("cannotOpen"));
      else window.open(url, "_blank", "noopener,noreferrer");
      return;
    }
    this.openChat(this.personId);
    if (ours.start !== null) quietly(this.composer.act("start", { payload: ours.start }));
  }

  mention(who) {
    if (who.toLowerCase() === store.state.bot.username.toLowerCase()) this.openChat(this.personId);
    else this.tell(find(who) ? `@${who} · ${find(who).name}` : t("unknownMention"));
  }

  async copy(text) {
    await navigator.clipboard.writeText(text).catch(() => {});
    this.tell(t("copied"));
  }
}
