// The column of people: who one can be, who one is, and where something unread waits.

import { post } from "./api.js";
import { avatar, el, icon, iconButton, name } from "./dom.js";
import { arrows, dialog, listBox } from "./popups.js";
import { store, unreadCounter } from "./store.js";
import { t } from "./words.js";

const MANY = 12; // from so many people on there is a field to find one

/** One person as a row. */
function personRow(one, current, unread, onclick) {
  const under = one.username ? `@${one.username}` : `+${one.phone}`;
  const badge = unread ? el("span", { class: "count", "aria-label": t("unreadLabel", unread), text: unread > 98 ? "99+" : String(unread) }) : null;
  const mark = current ? el("span", { class: "you", text: t("you") }) : badge;
  const words = el("span", { class: "person-words" }, name(one.name), el("span", { class: "quiet" }, one.blocked ? icon("block") : null, el("bdi", { text: under })));
  const props = { type: "button", class: `person-row ${current ? "current" : ""}`, "aria-pressed": String(Boolean(current)), "data-person": String(one.id), onclick };
  return el("button", props, avatar(one.id, one.name), words, mark);
}

/** The column at the side of a wide window. */
export class People {
  constructor(desk) {
    this.desk = desk;
    this.search = el("input", { type: "search", class: "search", oninput: () => this.draw(), hidden: true });
    this.list = el("div", { class: "people", role: "group" });
    this.list.addEventListener("keydown", (event) => arrows(event, this.list.querySelectorAll("button")));
    this.head = el("header", { class: "rail-head" });
    this.node = el("aside", { class: "rail" }, this.head, this.search, this.list);
  }

  draw() {
    const { people } = store.state;
    const current = this.desk.active.personId;
    const shownAs = new Set(this.desk.panes.map((pane) => pane.personId));
    this.search.hidden = people.length < MANY;
    this.search.placeholder = t("searchPeople");
    this.search.setAttribute("aria-label", t("searchPeople"));
    this.list.setAttribute("aria-label", t("people"));
    const unread = unreadCounter();
    const counts = people.map((one) => unread.ofPerson(one));
    const sign = JSON.stringify([people.map((one) => [one.id, one.name, one.username, one.blocked]), counts, current, [...shownAs], this.search.value, t("app")]);
    if (sign === this.sign) return;
    this.sign = sign;
    this.head.replaceChildren(el("span", { class: "rail-title" }, el("strong", { text: t("people") }), el("span", { class: "quiet", text: t("peopleHint") })),
      iconButton("plus", t("addPerson"), () => addPerson(this.desk)));
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.person : null;
    this.list.replaceChildren(...people.filter((one) => matches(one, this.search.value)).map((one) => {
      const row = personRow(one, one.id === current, unread.ofPerson(one), () => this.desk.be(one.id));
      if (shownAs.has(one.id)) row.classList.add("shown");
      return row;
    }));
    if (focused) this.list.querySelector(`[data-person="${focused}"]`)?.focus({ preventScroll: true });
  }
}

function matches(one, words) {
  return `${one.name} ${one.username} ${one.phone}`.toLowerCase().includes(words.trim().toLowerCase());
}

/** The same list in a box, for narrow windows and phones side by side. */
export function choosePerson(desk, pane) {
  listBox(pane.node, t("people"), (close) => {
    const unread = unreadCounter();
    const choose = (one) => () => {
      close();
      pane.be(one.id);
    };
    const rows = store.state.people.map((one) => personRow(one, one.id === pane.personId, unread.ofPerson(one), choose(one)));
    const add = () => {
      close();
      addPerson(desk);
    };
    return [...rows, el("button", { type: "button", class: "person-row", onclick: add }, el("span", { class: "avatar blank" }, icon("plus")), el("span", { class: "person-words", text: t("addPerson") }))];
  });
}

/** Somebody new comes along: a stranger to the bot. */
function addPerson(desk) {
  dialog(document.body, t("newPersonTitle"), (close) => {
    const called = el("input", { type: "text", required: true, maxlength: "64", placeholder: t("firstName"), "aria-label": t("firstName"), autofocus: true });
    const phone = el("input", { type: "tel", pattern: "\\+?[0-9]{5,15}", placeholder: t("phone"), "aria-label": t("phone") });
    const speaks = el("select", { "aria-label": t("personLanguage") }, el("option", { value: "zh-hans", text: t("chinese") }), el("option", { value: "en", text: t("english") }));
    const onsubmit = async (event) => {
      event.preventDefault();
      close();
      try {
        const body = { first_name: called.value, language_code: speaks.value, ...(phone.value ? { phone: phone.value.replace("+", "") } : {}) };
        const { id } = await post("people", body);
        await desk.refreshed();
        desk.be(id);
      } catch (wrong) {
        desk.tell(wrong.message);
      }
    };
    return [el("form", { onsubmit }, el("h2", { text: t("newPersonTitle") }), called, phone, speaks,
      el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }), el("button", { type: "submit", class: "primary", text: t("add") })))];
  });
}
