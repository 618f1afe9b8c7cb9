// The menus of a phone: of a message, of a chat, of the list of chats; and a group's members.

import { post } from "./api.js";
import { avatar, el, icon, name, quietly } from "./dom.js";
import { confirmBox, listBox, menu, menuAt } from "./popups.js";
import { group, store } from "./store.js";
import { t } from "./words.js";

const EMOJI = ["👍", "❤", "🔥", "🎉", "👏", "😁"];

/** Right click on a message. */
export function messageMenu(pane, line, x, y) {
  const row = el("div", { class: "menu-emoji", role: "group", "aria-label": t("react") },
    ...EMOJI.map((emoji) => el("button", { type: "button", role: "menuitem", text: emoji, onclick: () => quietly(pane.react(line, emoji)) })));
  const items = [row, { icon: "reply", text: t("reply"), run: () => pane.composer.replyTo(line) }];
  if (line.text) items.push({ icon: "copy", text: t("copy"), run: () => quietly(pane.copy(line.text)) });
  if (line.mine && line.text) items.push({ icon: "edit", text: t("edit"), run: () => pane.composer.edit(line) });
  if (line.poll && !line.poll.closed) {
    const { voted, revoting, mine } = line.poll;
    if (voted && revoting) items.push({ icon: "undo", text: t("retractVote"), run: () => quietly(pane.composer.act("retract", { message: line.id })) });
    if (mine) items.push({ icon: "stop", text: t("stopPoll"), run: () => quietly(pane.composer.act("stop", { message: line.id })) });
  }
  if (line.mine || pane.chat.type === "private") {
    items.push({ icon: "trash", text: t("delete"), danger: true, run: () => quietly(pane.composer.act("delete", { message: line.id })) });
  }
  menu(x, y, items);
}

/** The three dots of a chat. */
export function chatMenu(pane, button) {
  const { person, chat, composer } = pane;
  const items = [];
  if (chat.type === "private") {
    items.push({ icon: "start", text: t("restart"), run: () => quietly(composer.act("start", {})) });
    items.push(person.blocked
      ? { icon: "block", text: t("unblock"), run: () => quietly(composer.act("block", { blocked: false })) }
      : { icon: "block", text: t("block"), danger: true, run: () => quietly(composer.act("block", { blocked: true })) });
  } else {
    items.push({ icon: "people", text: t("membersTitle"), run: () => showMembers(pane) });
    if (!present(group(chat.id)).some((one) => one.bot)) {
      items.push({ icon: "plus", text: t("invite"), run: () => quietly(composer.act("join", { action: "add", who: "bot" })) });
    }
    items.push({ icon: "door", text: t("leave"), danger: true, run: () => leave(pane, chat) });
  }
  menuAt(button, [...items, ...pane.desk.menuItems(pane)]);
}

/** The three dots of the list. */
export function listMenu(pane, button) {
  menuAt(button, [{ icon: "people", text: t("joinGroup"), run: () => joinGroup(pane) }, ...pane.desk.menuItems(pane)]);
}

function leave(pane, chat) {
  confirmBox(pane.node, t("leave"), chat.title, t("leave"), () => quietly(pane.composer.act("join", { chat: chat.id, action: "leave" })));
}

function present(one) {
  return (one?.members || []).filter((member) => !["left", "kicked"].includes(member.status));
}

/** Who is in the group; a click makes one of them. */
export function showMembers(pane) {
  const known = group(pane.chatId);
  const rank = { creator: t("owner"), administrator: t("admin") };
  listBox(pane.node, `${t("membersTitle")} · ${present(known).length}`, (close) => present(known).map((one) => {
    const be = () => {
      close();
      pane.be(one.id);
    };
    const words = el("span", { class: "person-words" }, name(one.name), el("span", { class: "quiet", text: one.bot ? t("bot") : rank[one.status] || t("beThem") }));
    return el("button", { type: "button", class: "person-row", disabled: one.bot, onclick: be }, avatar(one.id, one.name, one.bot ? "robot" : ""), words, one.bot ? null : icon("swap"));
  }));
}

/** Who voted for what, in a poll where that is no secret. */
export function showVoters(pane, poll) {
  listBox(pane.node, poll.question, () => poll.options.filter((option) => option.votes).flatMap((option) => [
    el("div", { class: "voters-of", dir: "auto", text: `${option.text} · ${option.percent}%` }),
    ...option.voters.map((one) => el("div", { class: "person-row" }, avatar(one.id, one.name), el("span", { class: "person-words" }, name(one.name)))),
  ]));
}

function joinGroup(pane) {
  const others = store.state.groups.filter((one) => !one.migrated_to && !present(one).some((member) => member.id === pane.personId));
  if (!others.length) {
    pane.tell(t("noOther"));
    return;
  }
  listBox(pane.node, t("joinGroup"), (close) => others.map((one) => {
    const join = async () => {
      close();
      try {
        await post("join", { as: pane.personId, chat: one.id });
        await pane.desk.refreshed();
        pane.openChat(one.id);
      } catch (wrong) {
        pane.tell(wrong.message);
      }
    };
    const words = el("span", { class: "person-words" }, name(one.title), el("span", { class: "quiet", text: t("members", present(one).length) }));
    return el("button", { type: "button", class: "person-row", onclick: join }, avatar(one.id, one.title), words);
  }));
}
