// The menus of a phone: of a message, of a chat, of the list of chats; and a group's members.

import { post } from "./api.js";
import { avatar, el, icon, name, quietly } from "./dom.js";
import { askLink, present, showLink, showMembers } from "./members.js";
import { editGroup, newGroup } from "./newgroup.js";
import { confirmBox, listBox, menu, menuAt } from "./popups.js";
import { group, store } from "./store.js";
import { askTopic } from "./topics.js";
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
  const pins = pane.me?.rights.includes(pane.chat.type === "channel" ? "can_edit_messages" : "can_pin_messages");
  if (pins || pane.chat.type === "private") {
    items.push({ icon: "pin", text: t(line.pinned ? "unpin" : "pin"), run: () => quietly(pane.composer.act("pin", { message: line.id, pinned: !line.pinned })) });
  }
  if (line.mine || pane.chat.type === "private" || (pane.me?.admin && pane.me.rights.includes("can_delete_messages"))) {
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
    items.push(...groupItems(pane, chat));
    items.push({ icon: "door", text: t("leave"), danger: true, run: () => leave(pane, chat) });
  }
  menuAt(button, [...items, ...pane.desk.menuItems(pane)]);
}

/** The three dots of the list. */
export function listMenu(pane, button) {
  menuAt(button, [
    { icon: "plus", text: t("newGroup"), run: () => newGroup(pane) },
    { icon: "people", text: t("joinGroup"), run: () => joinGroup(pane) },
    { icon: "link", text: t("openLink"), run: () => askLink(pane) }, ...pane.desk.menuItems(pane)]);
}

function leave(pane, chat) {
  confirmBox(pane.node, t("leave"), chat.title, t("leave"), () => quietly(pane.composer.act("join", { chat: chat.id, action: "leave" })));
}

/** What somebody with rights can do with the group itself. */
function groupItems(pane, chat) {
  const { composer, me } = pane;
  const known = group(chat.id);
  const may = (right) => me?.rights.includes(right);
  const items = [];
  if (may("can_invite_users")) items.push({ icon: "link", text: t("inviteLink"), run: () => quietly(showLink(pane)) });
  if (may("can_invite_users") && !present(known).some((one) => one.bot)) {
    items.push({ icon: "plus", text: t("invite"), run: () => quietly(composer.act("join", { action: "add", who: "bot" })) });
  }
  if (known?.forum && may("can_manage_topics")) items.push({ icon: "hash", text: t("newTopic"), run: () => askTopic(pane) });
  if (may("can_change_info")) items.push({ icon: "edit", text: t("editGroup"), run: () => editGroup(pane) });
  if (chat.type === "supergroup" && me?.status === "creator") {
    items.push({ icon: "hash", text: t(known.forum ? "topicsOff" : "topicsOn"), run: () => quietly(composer.act("chat", { topics: !known.forum })) });
  }
  if (chat.type === "group" && me?.status === "creator") items.push({ icon: "people", text: t("upgrade"), run: () => quietly(composer.act("join", { action: "upgrade" })) });
  return items;
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
    const words = el("span", { class: "person-words" }, name(one.title), el("span", { class: "quiet", text: t(one.type === "channel" ? "subscribers" : "members", present(one).length) }));
    return el("button", { type: "button", class: "person-row", onclick: join }, avatar(one.id, one.title), words);
  }));
}
