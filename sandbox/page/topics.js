// A forum's topics: a row of chips above the transcript; the chosen one is where messages go.

import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { arrows, dialog, menu, menuAt } from "./popups.js";
import { group } from "./store.js";
import { t } from "./words.js";

const GENERAL = 1;

/** A topic's name as the page shows it: the first one is "General" in the page's language until somebody renames it. */
export function topicName(topic) {
  return topic.id === GENERAL && topic.name === "General" ? t("general") : topic.name;
}

/** A topic's colour as a custom property of the element. */
function coloured(node, topic) {
  node.style.setProperty("--topic", topic.id === GENERAL ? "var(--quiet)" : `#${topic.colour.toString(16).padStart(6, "0")}`);
  return node;
}

export class TopicBar {
  constructor(pane) {
    this.pane = pane;
    this.node = el("nav", { class: "topics", hidden: true, "aria-label": t("topicsLabel") });
    this.node.addEventListener("keydown", (event) => {
      const key = { ArrowRight: "ArrowDown", ArrowLeft: "ArrowUp" }[event.key];
      if (key) arrows({ key, preventDefault: () => event.preventDefault() }, this.node.querySelectorAll("button"));
    });
    // A wheel that only turns up and down still reaches the last topic.
    this.node.addEventListener("wheel", (event) => (this.node.scrollLeft += event.deltaY), { passive: true });
  }

  /** The topics of the open group, if it is a forum; `rights` are those of whoever holds the phone. */
  draw(rights = this.rights) {
    this.rights = rights || [];
    const known = group(this.pane.chatId);
    this.node.hidden = !known?.forum;
    if (this.node.hidden) return;
    const shown = known.topics.filter((topic) => !topic.hidden || topic.id === this.pane.topicId || this.manages);
    const sign = JSON.stringify([known.id, shown, this.pane.topicId, this.manages, t("allTopics")]);
    if (sign === this.sign) return;
    this.sign = sign;
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.topic : null;
    const all = this.chip(null, t("allTopics"));
    const add = el("button", { type: "button", class: "topic add", "aria-label": t("newTopic"), title: t("newTopic"), onclick: () => askTopic(this.pane) }, icon("plus"));
    this.node.replaceChildren(all, ...shown.map((topic) => this.topicChip(topic)), ...(this.manages ? [add] : []));
    if (focused !== null) this.node.querySelector(`[data-topic="${focused}"]`)?.focus({ preventScroll: true });
    this.node.querySelector(".current")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  get manages() {
    return this.rights.includes("can_manage_topics");
  }

  chip(id, ...content) {
    const current = this.pane.topicId === id;
    const props = { type: "button", class: `topic ${current ? "current" : ""}`, "aria-current": current && "true", "data-topic": String(id), onclick: () => this.pane.chooseTopic(id) };
    return el("button", props, ...content);
  }

  topicChip(topic) {
    const sign = topic.closed ? icon("lock") : el("i", { class: "topic-dot" });
    const chip = coloured(this.chip(topic.id, sign, el("bdi", { text: topicName(topic) })), topic);
    chip.classList.toggle("faint", topic.hidden);
    if (this.manages) {
      chip.addEventListener("contextmenu", (event) => {
        event.preventDefault();
        menu(event.clientX, event.clientY, topicItems(this.pane, topic));
      });
      chip.addEventListener("click", () => topic.id === this.chosen && menuAt(chip, topicItems(this.pane, topic)), { capture: true });
      if (topic.id === this.pane.topicId) chip.append(icon("down"));
    }
    return chip;
  }

  get chosen() {
    return this.pane.topicId;
  }
}

function topicItems(pane, topic) {
  const act = (action) => () => pane.composer.act("topic", { action, number: topic.id }).then((done) => done && action === "delete" && pane.chooseTopic(null));
  const items = [
    { icon: "edit", text: t("renameTopic"), run: () => askTopic(pane, topic) },
    topic.closed ? { icon: "undo", text: t("reopenTopic"), run: act("reopen") } : { icon: "lock", text: t("closeTopic"), run: act("close") },
  ];
  if (topic.id === GENERAL) items.push({ icon: "block", text: t(topic.hidden ? "showGeneral" : "hideGeneral"), run: act(topic.hidden ? "unhide" : "hide") });
  else items.push({ icon: "trash", text: t("deleteTopic"), danger: true, run: act("delete") });
  return items;
}

/** A new topic, or another name for one. */
export function askTopic(pane, topic = null) {
  const label = t(topic ? "renameTopic" : "newTopic");
  dialog(pane.node, label, (close) => {
    const field = el("input", { type: "text", required: true, maxlength: "128", placeholder: t("topicName"), "aria-label": t("topicName"), autofocus: true, value: topic ? topicName(topic) : "" });
    const onsubmit = async (event) => {
      event.preventDefault();
      close();
      try {
        const what = topic ? { action: "rename", number: topic.id } : { action: "open" };
        const { number } = await post("topic", { as: pane.personId, chat: pane.chatId, ...what, name: field.value });
        await pane.desk.refreshed();
        pane.chooseTopic(number);
      } catch (wrong) {
        pane.tell(wrong.message);
      }
    };
    return [el("form", { onsubmit }, el("h2", { text: label }), field,
      el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }), el("button", { type: "submit", class: "primary", text: t(topic ? "save" : "add") })))];
  });
}
