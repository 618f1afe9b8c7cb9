// Who is in a group or channel, what one may do about them, who asks to be let in, and links that let people in.

import { post } from "./api.js";
import { avatar, el, icon, iconButton, name, quietly } from "./dom.js";
import { dialog, listBox, menuAt } from "./popups.js";
import { group, now, person, store } from "./store.js";
import { isolated, t } from "./words.js";

const RIGHTS = {
  channel: ["can_post_messages", "can_edit_messages", "can_delete_messages", "can_invite_users", "can_change_info", "can_restrict_members", "can_promote_members"],
  group: ["can_change_info", "can_delete_messages", "can_restrict_members", "can_invite_users", "can_pin_messages", "can_promote_members"],
};
const USUAL = ["can_delete_messages", "can_restrict_members", "can_invite_users", "can_pin_messages", "can_post_messages", "can_edit_messages"];
const SHOWN_ASKING = 2;

/** Those who are there now. */
export function present(one) {
  return (one?.members || []).filter((member) => !["left", "kicked"].includes(member.status));
}

/** Whether a link is one that lets people into a group. */
export function isInvite(url) {
  return /^https?:\/\/(t\.me|telegram\.me)\/(\+|joinchat\/)[\w-]+/.test(url);
}

/** Do something as whoever holds the phone; a refusal is told. */
async function act(pane, what, body) {
  try {
    const done = await post(what, { as: pane.personId, chat: pane.chatId, ...body });
    await pane.desk.refreshed();
    return done;
  } catch (wrong) {
    pane.tell(wrong.message);
    return null;
  }
}

// The members

export function showMembers(pane) {
  const known = group(pane.chatId);
  if (!known) return;
  const me = pane.me || { rights: [], admin: false, status: "" };
  const here = present(known);
  listBox(pane.node, `${t("membersTitle")} · ${here.length}`, (close) => {
    const again = async (what, body) => {
      close();
      await act(pane, what, body);
      showMembers(pane);
    };
    const row = (one) => memberRow(pane, known, me, one, close, again);
    const banned = me.admin && me.rights.includes("can_restrict_members") ? known.members.filter((one) => one.status === "kicked") : [];
    const items = [];
    if (me.rights.includes("can_invite_users")) {
      items.push(extra("plus", t("addMember"), () => (close(), addMember(pane))), extra("link", t("inviteLink"), () => (close(), showLink(pane))));
    }
    return [...items, ...here.map(row), ...banned.map(row)];
  });
}

function extra(sign, text, onclick) {
  return el("button", { type: "button", class: "person-row", onclick }, el("span", { class: "avatar blank" }, icon(sign)), el("span", { class: "person-words", text }));
}

function role(one) {
  if (one.status === "kicked") return t("banned");
  const rank = { creator: t("owner"), administrator: t("admin") }[one.status];
  return [one.bot ? t("bot") : "", one.title || rank || "", one.muted ? t("muted") : ""].filter(Boolean).join(" · ");
}

function memberRow(pane, known, me, one, close, again) {
  const items = memberItems(pane, known, me, one, close, again);
  const words = el("span", { class: "person-words" }, name(one.name), el("span", { class: "quiet", text: role(one) || " " }));
  const props = { type: "button", class: `person-row ${one.status === "kicked" ? "faint" : ""}`, disabled: !items.length, "data-member": String(one.id) };
  const button = el("button", props, avatar(one.id, one.name, one.bot ? "robot" : ""), words, items.length ? icon("more") : null);
  button.onclick = () => menuAt(button, items);
  return button;
}

/** What one can do with a member: be them, and what an admin may. */
function memberItems(pane, known, me, one, close, again) {
  const decide = (action, more = {}) => () => again("member", { who: one.bot ? "bot" : one.id, action, ...more });
  const be = () => {
    close();
    pane.be(one.id);
  };
  const self = one.id === pane.personId;
  const items = one.bot || self || one.status === "kicked" ? [] : [{ icon: "swap", text: t("beThem"), run: be }];
  const admin = one.status === "administrator";
  if (self || !me.admin || one.status === "creator" || (admin && me.status !== "creator")) return items;
  if (one.status === "kicked") return [{ icon: "undo", text: t("unban"), run: decide("unban") }];
  if (me.rights.includes("can_promote_members")) {
    items.push({ icon: "star", text: t(admin ? "editAdmin" : "makeAdmin"), run: () => (close(), askRights(pane, known, one)) });
    if (admin) items.push({ icon: "person", text: t("unmakeAdmin"), run: decide("demote") });
  }
  if (me.rights.includes("can_restrict_members")) {
    if (known.type === "supergroup" && one.status === "restricted") items.push({ icon: "undo", text: t("unmute"), run: decide("unmute") });
    else if (known.type === "supergroup" && !admin) {
      items.push({ icon: "mute", text: t("muteHour"), run: decide("mute", { until: Math.floor(now() / 1000) + 3600 }) }, { icon: "mute", text: t("mute"), run: decide("mute") });
    }
    items.push({ icon: "block", text: t("remove"), danger: true, run: decide("kick") });
  }
  return items;
}

/** Which rights a new admin gets, and under which title. */
function askRights(pane, known, one) {
  dialog(pane.node, t("makeAdmin"), (close) => {
    const list = [...(known.type === "channel" ? RIGHTS.channel : RIGHTS.group), ...(known.forum ? ["can_manage_topics"] : [])];
    const boxes = list.map((right) => el("input", { type: "checkbox", value: right, checked: USUAL.includes(right) }));
    const title = el("input", { type: "text", maxlength: "16", placeholder: t("adminTitle"), "aria-label": t("adminTitle"), value: one.title || "" });
    const anonymous = el("input", { type: "checkbox" });
    const onsubmit = async (event) => {
      event.preventDefault();
      close();
      const rights = ["can_manage_chat", ...boxes.filter((box) => box.checked).map((box) => box.value)];
      await act(pane, "member", { who: one.bot ? "bot" : one.id, action: "promote", rights, title: title.value, anonymous: anonymous.checked });
      showMembers(pane);
    };
    return [el("form", { onsubmit, class: "rights" }, el("h2", {}, t("makeAdmin").replace("…", ""), " · ", name(one.name)),
      el("div", { class: "tick-list" }, ...boxes.map((box) => tick(box, t(box.value))), known.type === "channel" ? null : tick(anonymous, t("anonymous"))),
      known.type === "channel" ? null : title, buttons(close, t("save")))];
  });
}

function tick(box, text) {
  return el("label", { class: "tick" }, box, el("span", { text }));
}

function buttons(close, yes) {
  return el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }), el("button", { type: "submit", class: "primary", text: yes }));
}

function outside(pane) {
  const inside = new Set(present(group(pane.chatId)).map((one) => one.id));
  return store.state.people.filter((one) => !inside.has(one.id));
}

function choose(pane, title, people, run) {
  if (!people.length) {
    pane.tell(t("nobodyLeft"));
    return;
  }
  listBox(pane.node, title, (close) => people.map((one) => {
    const onclick = () => {
      close();
      quietly(run(one));
    };
    return el("button", { type: "button", class: "person-row", onclick }, avatar(one.id, one.name, one.bot ? "robot" : ""), el("span", { class: "person-words" }, name(one.name)));
  }));
}

function addMember(pane) {
  const bot = { id: store.state.bot.id, name: store.state.bot.first_name, bot: true };
  const withBot = present(group(pane.chatId)).some((one) => one.bot) ? [] : [bot];
  choose(pane, t("addMember"), [...withBot, ...outside(pane)], async (one) => {
    await act(pane, "join", { action: "add", who: one.bot ? "bot" : one.id });
    showMembers(pane);
  });
}

// Links that let people in

export async function showLink(pane) {
  const made = await act(pane, "invite", { primary: true });
  if (!made) return;
  dialog(pane.node, t("inviteLink"), (close) => {
    const shown = el("output", { class: "invite-link", dir: "ltr", text: made.link });
    let { link } = made;
    const asks = el("input", { type: "checkbox" });
    asks.onchange = async () => {
      const other = await act(pane, "invite", asks.checked ? { asks: true } : { primary: true });
      if (other) shown.textContent = link = other.link;
    };
    const copy = () => quietly(pane.copy(link));
    const open = () => {
      close();
      choose(pane, t("openAs"), outside(pane), (one) => openLink(pane, link, one.id));
    };
    return [el("div", { class: "dialog-head" }, el("h2", { text: t("inviteLink") }), iconButton("close", t("close"), close)), shown, tick(asks, t("askFirst")),
      el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "plain", text: t("copyLink"), onclick: copy }), el("button", { type: "button", class: "primary", text: t("openAs"), onclick: open }))];
  });
}

/** Follow an invite link, as whoever holds the phone or as somebody else. */
export async function openLink(pane, link, who = pane.personId) {
  try {
    const { chat, inside } = await post("link", { as: who, link: /https?:\/\/[^?#]*/.exec(link)?.[0] || link });
    await pane.desk.refreshed();
    if (who === pane.personId && inside) pane.openChat(chat);
    else if (!inside) pane.tell(`${isolated(person(who)?.name || "")} · ${t("asked")}`);
  } catch (wrong) {
    pane.tell(wrong.message);
  }
}

export function askLink(pane) {
  dialog(pane.node, t("openLink"), (close) => {
    const field = el("input", { type: "text", required: true, placeholder: t("pasteLink"), "aria-label": t("inviteLink"), autofocus: true, dir: "ltr" });
    const onsubmit = (event) => {
      event.preventDefault();
      close();
      quietly(openLink(pane, field.value.trim()));
    };
    return [el("form", { onsubmit }, el("h2", { text: t("openLink") }), field, buttons(close, t("ok")))];
  });
}

// People who ask

/** The bar above the transcript that shows an admin who asks to be let in. */
export function drawAsking(pane, node) {
  const asking = pane.me?.requests || [];
  node.hidden = !asking.length;
  const sign = JSON.stringify([pane.chatId, asking, t("approve")]);
  if (node.dataset.sign === sign) return;
  node.dataset.sign = sign;
  const rest = asking.length - SHOWN_ASKING;
  node.replaceChildren(...asking.slice(0, SHOWN_ASKING).map((one) => request(pane, one)), ...(rest > 0 ? [el("span", { class: "quiet", text: t("moreAsk", rest) })] : []));
}

function request(pane, one) {
  const decide = (approve) => () => quietly(act(pane, "decide", { who: one.id, approve }));
  return el("div", { class: "request" }, avatar(one.id, one.name, "small"),
    el("span", { class: "person-words" }, el("span", { text: t("wantsIn", isolated(one.name)) }), one.bio ? el("span", { class: "quiet", dir: "auto", text: one.bio }) : null),
    el("button", { type: "button", class: "plain", text: t("decline"), onclick: decide(false) }), el("button", { type: "button", class: "primary", text: t("approve"), onclick: decide(true) }));
}
