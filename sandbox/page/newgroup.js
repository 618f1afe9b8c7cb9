// New groups and channels, and what they say about themselves.

import { post } from "./api.js";
import { el } from "./dom.js";
import { dialog } from "./popups.js";
import { group, store } from "./store.js";
import { t } from "./words.js";

const KINDS = [["supergroup", "kindSupergroup"], ["forum", "kindForum"], ["channel", "kindChannel"], ["group", "kindGroup"]];

function buttons(close, yes) {
  return el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }), el("button", { type: "submit", class: "primary", text: yes }));
}

function tick(box, text) {
  return el("label", { class: "tick" }, box, el("span", { text }));
}

/** A group, forum or channel of one's own. */
export function newGroup(pane) {
  dialog(pane.node, t("newGroup"), (close) => {
    const title = el("input", { type: "text", required: true, maxlength: "128", placeholder: t("groupTitle"), "aria-label": t("groupTitle"), autofocus: true });
    const kinds = KINDS.map(([kind, words], index) => {
      const radio = el("input", { type: "radio", name: "kind", value: kind, checked: index === 0 });
      return { radio, row: tick(radio, t(words)) };
    });
    const [bot, admin, all] = [true, false, true].map((checked) => el("input", { type: "checkbox", checked }));
    const onsubmit = async (event) => {
      event.preventDefault();
      close();
      const kind = kinds.find(({ radio }) => radio.checked).radio.value;
      const members = all.checked ? store.state.people.filter((one) => one.id !== pane.personId).map((one) => one.id) : [];
      try {
        const made = await post("groups", { as: pane.personId, title: title.value, kind, members, bot: bot.checked, bot_admin: bot.checked && admin.checked });
        await pane.desk.refreshed();
        pane.openChat(made.chat);
      } catch (wrong) {
        pane.tell(wrong.message);
      }
    };
    return [el("form", { onsubmit }, el("h2", { text: t("newGroup") }), title, el("div", { class: "tick-list", role: "radiogroup" }, ...kinds.map(({ row }) => row)),
      el("div", { class: "tick-list" }, tick(all, t("everybody")), tick(bot, t("withBot")), tick(admin, t("botAdmin"))), buttons(close, t("createGroup")))];
  });
}

/** Name, description and public name. */
export function editGroup(pane) {
  const known = group(pane.chatId);
  dialog(pane.node, t("editGroup"), (close) => {
    const title = el("input", { type: "text", required: true, maxlength: "128", "aria-label": t("groupTitle"), value: known.title, autofocus: true });
    const about = el("input", { type: "text", maxlength: "255", placeholder: t("about"), "aria-label": t("about"), value: known.description });
    const named = el("input", { type: "text", pattern: "@?[A-Za-z][A-Za-z0-9_]{3,31}", placeholder: t("publicName"), "aria-label": t("publicName"), value: known.username, dir: "ltr" });
    const onsubmit = (event) => {
      event.preventDefault();
      close();
      pane.composer.act("chat", { title: title.value, description: about.value, ...(known.type === "group" ? {} : { username: named.value }) });
    };
    return [el("form", { onsubmit }, el("h2", { text: known.title }), title, about, known.type === "group" ? null : named, buttons(close, t("save")))];
  });
}
