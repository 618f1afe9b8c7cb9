// What the page knows: the state of the sandbox, its clock, and what each person has read.

import { get, listen } from "./api.js";

const hearers = new Map();

/** Call `hear(value)` whenever something of that kind happens; the answer ends it. */
export function on(kind, hear) {
  if (!hearers.has(kind)) hearers.set(kind, new Set());
  hearers.get(kind).add(hear);
  return () => hearers.get(kind).delete(hear);
}

export function emit(kind, value) {
  for (const hear of [...(hearers.get(kind) || [])]) hear(value);
}

/** Run at most one at a time; whoever asks meanwhile causes exactly one more run, after a breath. */
export function coalesced(run, breath = 40) {
  let running = null;
  let again = false;
  const loop = async () => {
    do {
      again = false;
      await run();
      if (again) await new Promise((resolve) => setTimeout(resolve, breath));
    } while (again);
  };
  return () => {
    if (running) again = true;
    else running = loop().finally(() => (running = null));
    return running;
  };
}

export const store = { state: null, online: true, offset: 0, moved: 0 };

export const refresh = coalesced(async () => {
  let state;
  try {
    state = await get("state");
  } catch {
    return; // the event stream says when the server is back
  }
  store.offset = Date.parse(state.now) - Date.now();
  store.moved = state.moved * 1000;
  store.state = state;
  forgetOldWorld(state.world);
  emit("state", state);
});

/** The sandbox's moment, in milliseconds. */
export function now() {
  return Date.now() + store.offset;
}

export function person(id) {
  return store.state?.people.find((one) => one.id === id);
}

/** Somebody by id, username or name, as an address may call them. */
export function find(who) {
  return store.state?.people.find((one) => who && [String(one.id), one.username, one.name].includes(String(who)));
}

export function chatOf(personId, chatId) {
  return person(personId)?.chats.find((chat) => chat.id === chatId);
}

export function group(chatId) {
  return store.state?.groups.find((one) => one.id === chatId);
}

/** Begin to listen; after every (re)connection all is asked anew, so that nothing is missed. */
export function connect() {
  let lost = null;
  listen({
    onopen: () => {
      clearTimeout(lost);
      lost = null;
      setOnline(true);
      refresh();
      emit("changed", { all: true });
    },
    // A moment's loss is nobody's business.
    onlost: () => (lost ??= setTimeout(() => setOnline(false), 800)),
    onchanged: (change) => {
      refresh();
      emit("changed", change);
    },
    ontoast: (toast) => emit("toast", toast),
    onaction: (action) => emit("action", action),
  });
}

function setOnline(online) {
  store.online = online;
  emit("online", online);
}

// Reading. The marks live in the browser, so that two windows agree, and are dropped when the sandbox begins again.

const KEY = "sandbox.read";

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
}

function forgetOldWorld(world) {
  if (load().world !== world) localStorage.setItem(KEY, JSON.stringify({ world, marks: {} }));
}

export function readUpTo(personId, chatId) {
  return load().marks?.[`${personId}:${chatId}`] || 0;
}

export function markRead(personId, chatId, messageId) {
  const known = load();
  const key = `${personId}:${chatId}`;
  if (!known.marks || (known.marks[key] || 0) >= messageId) return;
  known.marks[key] = messageId;
  localStorage.setItem(KEY, JSON.stringify(known));
  emit("read");
}

addEventListener("storage", (event) => event.key === KEY && emit("read"));

/** Counts unread messages; reads the marks once for many questions. */
export function unreadCounter() {
  const marks = load().marks || {};
  const inChat = (personId, chat) => {
    const mark = marks[`${personId}:${chat.id}`] || 0;
    return chat.recent.filter((id) => id > mark).length;
  };
  const ofPerson = (one) => one.chats.reduce((sum, chat) => sum + inChat(one.id, chat), 0);
  return { inChat, ofPerson };
}
