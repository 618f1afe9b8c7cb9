// The transcript of one chat: draws only what changed, keeps the reader's place, and knows what is new below.

import { get } from "./api.js";
import { row } from "./bubbles.js";
import { el } from "./dom.js";
import { joined } from "./mosaic.js";
import { coalesced, emit, markRead, now, readUpTo } from "./store.js";
import { dayName, dayNumber } from "./time.js";
import { language, t } from "./words.js";

const WINDOW = 80; // so many lines are asked for; older ones when somebody scrolls up
const NEAR = 60; // pixels from the end that still count as "at the end"
const RUN = 300; // seconds within which one author's messages belong together

export class Lines {
  /** `act` is what clicks do (see pane.js); `drawn(view)` is told of every new answer from the sandbox. */
  constructor(act, drawn) {
    this.act = act;
    this.drawn = drawn;
    this.list = el("div", { class: "lines", role: "log", "aria-live": "polite" });
    this.scroller = el("div", { class: "scroller", tabindex: "0" }, this.list);
    this.nodes = new Map();
    this.waiting = new Map();
    this.refresh = coalesced(() => this.load());
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    // A keyboard that opens below, or a window that changes, must not push the end out of sight.
    new ResizeObserver(() => this.stick && this.toEnd()).observe(this.scroller);
    this.close();
  }

  close() {
    this.person = this.chat = this.view = null;
    this.window = WINDOW;
    this.stick = true;
    this.fresh = true;
    this.unreadFrom = null;
    this.nodes.clear();
    this.waiting.clear();
    this.list.replaceChildren();
  }

  open(person, chat, topic = null) {
    this.close();
    this.topic = topic;
    this.person = person;
    this.chat = chat;
    for (const node of [this.list, this.scroller]) node.setAttribute("aria-label", chat.title);
    return this.refresh();
  }

  get key() {
    return this.person && `${this.person.id}:${this.chat.id}${this.topic ? `:${this.topic}` : ""}`;
  }

  async load() {
    const key = this.key;
    if (!key) return;
    let view;
    try {
      view = await get(`chats/${this.chat.id}/messages`, { as: this.person.id, last: this.window, ...(this.topic ? { topic: this.topic } : {}) });
    } catch {
      return; // gone from the group, or no connection: the state tells
    }
    if (this.key !== key) return; // somebody turned to another chat meanwhile
    this.view = view;
    this.draw();
    this.drawn(view);
  }

  get messages() {
    return this.view?.messages || [];
  }

  find(id) {
    return this.messages.find((line) => line.id === id);
  }

  // Drawing

  draw() {
    if (!this.view) return;
    const wanted = this.wanted();
    const anchor = this.stick ? null : this.anchor();
    this.reconcile(wanted);
    if (this.fresh) this.begin();
    else if (this.stick) this.toEnd();
    else this.restore(anchor);
    this.fresh = false;
    this.markWaiting();
    this.noticeRead();
  }

  /** What the list shall hold, in order: each with a key, a signature of its looks, and how to make it. */
  wanted() {
    const out = [];
    const moment = now();
    const group = this.view.chat.type !== "private";
    const read = readUpTo(this.person.id, this.chat.id);
    const lines = joined(this.messages);
    if (this.fresh && read) this.unreadFrom = lines.find((line) => line.id > read && !line.mine && !line.service)?.id;
    lines.forEach((line, index) => {
      const before = lines[index - 1];
      const after = lines[index + 1];
      if (!before || dayNumber(before.date * 1000) !== dayNumber(line.date * 1000)) {
        const words = dayName(line.date * 1000, moment);
        out.push({ key: `day${line.id}`, sign: words, make: () => pill("day", words) });
      }
      if (line.id === this.unreadFrom) out.push({ key: "unread", sign: language(), make: () => pill("unread", t("unread")) });
      const look = { group, channel: this.view.chat.type === "channel", tagged: !this.topic, first: !together(before, line), last: !together(line, after) };
      // A poll counts its seconds by itself.
      const sign = JSON.stringify([line, look, language()], (name, value) => (name === "seconds" ? undefined : value));
      out.push({ key: `line${line.id}`, sign, make: () => row(line, look, this.act) });
    });
    return out;
  }

  reconcile(wanted) {
    const keys = new Set(wanted.map((one) => one.key));
    for (const [key, { node }] of this.nodes) {
      if (!keys.has(key)) {
        node.remove();
        this.nodes.delete(key);
      }
    }
    let cursor = this.list.firstChild;
    for (const { key, sign, make } of wanted) {
      const known = this.nodes.get(key);
      let node = known?.node;
      if (known?.sign !== sign) {
        node = make();
        if (known) {
          if (cursor === known.node) cursor = node;
          const focused = known.node.contains(document.activeElement) && document.activeElement;
          known.node.replaceWith(node);
          if (focused) keepFocus(focused, node);
        } else if (!this.fresh && this.stick) {
          node.classList.add("arriving");
        }
        this.nodes.set(key, { node, sign });
      }
      if (node === cursor) cursor = cursor.nextSibling;
      else this.list.insertBefore(node, cursor);
    }
  }

  // The reader's place

  get atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.shape = this.measure();
  }

  measure() {
    return `${this.scroller.clientHeight}/${this.scroller.scrollHeight}`;
  }

  /** Come in at the first unread message, or at the end. */
  begin() {
    this.toEnd();
    const mark = this.nodes.get("unread")?.node;
    if (mark) this.scroller.scrollTop = Math.min(this.scroller.scrollTop, mark.offsetTop - 12);
    this.stick = this.atEnd;
  }

  /** The lines in sight and where they stand; the first that survives the drawing is put back to its place. */
  anchor() {
    const top = this.scroller.scrollTop;
    const places = [];
    for (const [key, { node }] of this.nodes) {
      if (node.offsetTop + node.offsetHeight > top) places.push([key, node.offsetTop - top]);
    }
    return places.sort((a, b) => a[1] - b[1]);
  }

  restore(anchor) {
    for (const [key, offset] of anchor) {
      const node = this.nodes.get(key)?.node;
      if (!node) continue;
      this.scroller.scrollTop = node.offsetTop - offset;
      return;
    }
  }

  scrolled() {
    const shape = this.measure();
    // Not the reader moved but the room: a keyboard opened, a message came. Whoever was at the end stays there.
    if (this.stick && shape !== this.shape) this.toEnd();
    else this.stick = this.atEnd;
    this.shape = shape;
    if (this.scroller.scrollTop < 500 && this.view?.more && this.window <= this.messages.length) {
      this.window = this.messages.length + WINDOW;
      this.refresh();
    }
    this.noticeRead();
  }

  /** Everything down to the end, with no thousands of lines kept for it. */
  jumpToEnd() {
    this.window = WINDOW;
    this.stick = true;
    this.toEnd();
    this.refresh();
    this.noticeRead();
  }

  jump(id) {
    const node = this.nodes.get(`line${id}`)?.node || this.list.querySelector(`[data-part="${id}"]`)?.closest(".row");
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.classList.remove("found");
    requestAnimationFrame(() => node.classList.add("found"));
  }

  noticeRead() {
    const last = this.messages.at(-1);
    if (last && this.stick && document.visibilityState === "visible") markRead(this.person.id, this.chat.id, last.id);
    emit("place", this);
  }

  /** How many messages wait below the fold. */
  get unseen() {
    if (!this.person || this.stick) return 0;
    const read = readUpTo(this.person.id, this.chat.id);
    return this.messages.filter((line) => line.id > read && !line.mine && !line.service).length;
  }

  // Pressed buttons, until the bot answers

  wait(line, value, longest = 15_000) {
    const key = `${line.id}:${value}`;
    this.waiting.set(key, { id: line.id, value });
    setTimeout(() => this.waiting.delete(key) && this.markWaiting(), longest);
    this.markWaiting();
  }

  answered(value) {
    for (const [key, one] of this.waiting) if (one.value === value) this.waiting.delete(key);
    this.markWaiting();
  }

  markWaiting() {
    for (const node of this.list.querySelectorAll(".key.waiting")) {
      node.classList.remove("waiting");
      node.removeAttribute("aria-busy");
    }
    for (const { id, value } of this.waiting.values()) {
      const keys = this.nodes.get(`line${id}`)?.node.querySelectorAll(".key") || [];
      const node = [...keys].find((one) => one.dataset.value === value);
      node?.classList.add("waiting");
      node?.setAttribute("aria-busy", "true");
    }
  }
}

/** Who was inside a line that is drawn anew goes on in the same place, or at the part that was changed. */
function keepFocus(before, node) {
  const key = before.dataset.keep;
  const same = key && node.querySelector(`[data-keep="${key}"]`);
  (same || node.querySelector("[data-keep]"))?.focus({ preventScroll: true });
}

function pill(kind, words) {
  return el("div", { class: `row ${kind}` }, el("span", { class: "pill", text: words }));
}

/** Whether two messages stand together as one run: same author, a few minutes, same day. */
function together(a, b) {
  if (!a || !b || a.service || b.service) return false;
  const sameDay = dayNumber(a.date * 1000) === dayNumber(b.date * 1000);
  return a.from_id === b.from_id && a.topic === b.topic && sameDay && Math.abs(b.date - a.date) < RUN;
}
