// The page: the people's column and one or two phones; what the address says; what everybody must hear.

import { ClockCard, showClock } from "./clock.js";
import { el, icon } from "./dom.js";
import { Pane } from "./pane.js";
import { choosePerson, People } from "./people.js";
import { toast } from "./popups.js";
import { connect, find, now, on, refresh, store, unreadCounter } from "./store.js";
import { clockTime, dayNumber } from "./time.js";
import { language, setLanguage, t } from "./words.js";

const LAST = "sandbox.last"; // whom and what this browser saw last
const NARROW = 700; // a phone that is not wider shows the list or the chat, never both

class Desk {
  constructor() {
    this.faces = new Set();
    this.people = new People(this);
    this.clock = new ClockCard(this);
    this.panes = [new Pane(this)];
    this.active = this.panes[0];
    this.toasts = el("div", { class: "toasts page-toasts", "aria-live": "polite" });
    this.offline = el("div", { class: "offline", role: "status", hidden: true });
    this.foot = el("div", { class: "rail-foot" });
    this.people.node.append(this.clock.node, this.foot);
    this.stage = el("div", { class: "desk" }, this.people.node, this.panes[0].node);
    document.body.replaceChildren(this.offline, this.stage, this.toasts);
    this.drawFoot();
  }

  drawFoot() {
    this.foot.replaceChildren(...this.menuItems(this.active).map(({ icon: sign, text, run }) => el("button", { type: "button", class: "foot-button", onclick: run }, icon(sign), text)));
  }

  /** What every menu offers: side by side, and the language. */
  menuItems() {
    const two = this.panes.length > 1;
    const split = { icon: "panes", text: t(two ? "oneOnly" : "sideBySide"), run: () => this.split(!two) };
    const items = [{ icon: "globe", text: t("language"), run: () => this.speak(language() === "zh" ? "en" : "zh") }];
    return innerWidth >= 900 ? [split, ...items] : items;
  }

  // Who is where

  be(personId) {
    this.active.be(personId);
    this.people.draw();
  }

  activate(pane) {
    if (this.active === pane) return;
    this.active = pane;
    for (const one of this.panes) one.node.classList.toggle("active", one === pane);
    this.people.draw();
  }

  narrow(pane) {
    return pane.node.clientWidth < NARROW;
  }

  /** Put a second phone beside the first, in the hand of somebody else, or take it away. */
  split(two, who = null, chatId = null) {
    if (two && this.panes.length === 1) {
      const pane = new Pane(this);
      this.panes.push(pane);
      this.stage.append(pane.node);
      const [first] = this.panes;
      const other = who || store.state.people.find((one) => one.id !== first.personId) || store.state.people[0];
      pane.be(other.id, chatId ?? first.chatId ?? other.id);
    } else if (!two && this.panes.length > 1) {
      this.panes.pop().node.remove();
      this.active = this.panes[0];
    }
    this.stage.classList.toggle("two", this.panes.length > 1);
    for (const one of this.panes) one.node.classList.toggle("active", one === this.active);
    this.drawFoot();
    this.draw();
    this.changed();
  }

  // The address: "#/limei/bot", for two phones "#/limei/bot&/wangqiang/-1000000000001"

  changed() {
    const parts = this.panes.filter((pane) => pane.person).map((pane) => `/${pane.person.username || pane.personId}${pane.chatId === null ? "" : `/${pane.chatId > 0 ? "bot" : pane.chatId}`}`);
    const hash = `#${parts.join("&")}`;
    if (location.hash !== hash) {
      // On a phone "back" leads from a chat to the list.
      const deeper = this.narrow(this.active) && hash.startsWith(`${location.hash}/`) && location.hash;
      history[deeper ? "pushState" : "replaceState"](null, "", hash);
    }
    localStorage.setItem(LAST, hash);
    this.title();
  }

  follow(hash) {
    const places = decodeURIComponent(hash.replace(/^#/, "")).split("&").map((part) => part.split("/").slice(1));
    const [first, second] = places.map(([who, chat]) => ({ one: find(who), chat: chat === "bot" ? find(who)?.id : chat ? Number(chat) : null }));
    const [pane] = this.panes;
    const one = first.one || store.state.people[0];
    if (one && (pane.personId !== one.id || pane.chatId !== first.chat)) pane.be(one.id, first.one ? first.chat : this.startChat(one));
    if (second?.one && innerWidth >= 900) this.split(true, second.one, second.chat);
  }

  /** A wide window opens the bot's chat at once; a phone begins with the list. */
  startChat(one) {
    return this.narrow(this.panes[0]) ? null : one.id;
  }

  // Drawing

  draw() {
    if (!store.state) return;
    for (const pane of this.panes) {
      if (!pane.person && store.state.people.length) pane.be(store.state.people[0].id, null);
      pane.draw();
    }
    this.people.draw();
    this.drawClock();
    this.title();
    this.turnDay();
  }

  /** "Today" is another day now: the separators in the transcripts must say so. */
  turnDay() {
    const day = dayNumber(now());
    if (day !== this.day) this.panes.forEach((pane) => pane.lines.draw());
    this.day = day;
  }

  drawClock() {
    this.clock.draw();
    for (const face of this.faces) face.node.isConnected ? face.draw() : this.faces.delete(face);
    for (const pane of this.panes) pane.drawTime();
  }

  title() {
    const { person } = this.active;
    const unread = person ? unreadCounter().ofPerson(person) : 0;
    document.title = `${unread ? `(${unread}) ` : ""}${person ? `${person.name} · ` : ""}${t("app")}`;
  }

  speak(code) {
    setLanguage(code);
    document.documentElement.lang = code === "zh" ? "zh-CN" : "en";
    const places = location.hash;
    for (const pane of this.panes) pane.node.remove();
    this.panes = [new Pane(this)];
    this.active = this.panes[0];
    this.stage.append(this.panes[0].node);
    this.stage.classList.remove("two");
    this.clock.dress();
    this.drawFoot();
    this.follow(places);
    this.draw();
  }

  choosePerson(pane) {
    choosePerson(this, pane);
  }

  showClock() {
    showClock(this, document.body);
  }

  tell(text) {
    toast(this.toasts, text);
  }

  refreshed() {
    return refresh();
  }
}

function begin() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  const desk = new Desk();
  let started = false;
  let minute = "";
  on("state", () => {
    if (!started) {
      started = true;
      desk.follow(location.hash.length > 2 ? location.hash : localStorage.getItem(LAST) || "");
    }
    desk.draw();
  });
  on("changed", (change) => desk.panes.forEach((pane) => pane.changed(change)));
  on("toast", (answer) => desk.panes.forEach((pane) => pane.answered(answer)));
  on("action", (action) => desk.panes.forEach((pane) => pane.typing(action)));
  on("read", () => desk.draw());
  on("place", () => desk.panes.forEach((pane) => pane.drawPlace()));
  on("online", (online) => {
    desk.offline.hidden = online;
    desk.offline.textContent = t("lost");
  });
  addEventListener("hashchange", () => store.state && desk.follow(location.hash));
  addEventListener("popstate", () => store.state && desk.follow(location.hash));
  document.addEventListener("visibilitychange", () => desk.panes.forEach((pane) => pane.chat && pane.lines.noticeRead()));
  setInterval(() => {
    if (!store.state) return;
    const shown = clockTime(now()) + dayNumber(now());
    if (shown !== minute) desk.draw();
    minute = shown;
  }, 1000);
  connect();
}

begin();
