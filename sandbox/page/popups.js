// What comes up over the page: menus, questions, alerts, toasts, an enlarged photo.

import { el, icon, iconButton } from "./dom.js";
import { t } from "./words.js";

let openMenu = null;

/** A menu at a point of the window; items are `{icon, text, run, danger?}` or a ready element. */
export function menu(x, y, items, { above = false } = {}) {
  openMenu?.close();
  const before = document.activeElement;
  const box = el("div", { class: "menu", role: "menu" }, ...items.map((item) => (item instanceof Node ? item : entry(item))));
  const close = () => {
    box.remove();
    removeEventListener("pointerdown", outside, true);
    if (openMenu?.box === box) openMenu = null;
  };
  const outside = (event) => box.contains(event.target) || close();
  function entry({ icon: sign, text, run, danger }) {
    const choose = () => {
      close();
      run();
    };
    return el("button", { type: "button", role: "menuitem", class: danger ? "danger" : "", onclick: choose }, icon(sign), el("span", { text }));
  }
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      before?.focus();
    }
    arrows(event, box.querySelectorAll("button"));
  });
  box.addEventListener("contextmenu", (event) => event.preventDefault());
  box.addEventListener("click", (event) => event.target.closest("button") && close());
  document.body.append(box);
  const { width, height } = box.getBoundingClientRect();
  box.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  box.style.top = `${Math.max(8, Math.min(above ? y - height : y, innerHeight - height - 8))}px`;
  addEventListener("pointerdown", outside, true);
  openMenu = { box, close };
  box.querySelector("button")?.focus({ preventScroll: true });
}

/** Menus under a button open where the button is. */
export function menuAt(button, items) {
  const place = button.getBoundingClientRect();
  menu(place.right - 200, place.bottom + 6, items);
}

/** Up and down arrows walk through a list of buttons. */
export function arrows(event, buttons) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...buttons];
  const at = all.indexOf(document.activeElement);
  all[(at + step + all.length) % all.length]?.focus();
}

/** A box over `host` that keeps the focus until it is closed. `fill(close)` makes its content. */
export function dialog(host, label, fill, { role = "dialog", kind = "" } = {}) {
  const before = document.activeElement;
  const box = el("div", { class: `dialog ${kind}`, role, "aria-modal": "true", "aria-label": label });
  const veil = el("div", { class: "veil" }, box);
  const close = () => {
    veil.remove();
    if (before?.isConnected) before.focus();
  };
  veil.addEventListener("pointerdown", (event) => event.target === veil && role !== "alertdialog" && close());
  veil.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Tab") keepInside(event, box);
    event.stopPropagation();
  });
  box.append(...fill(close));
  host.append(veil);
  (box.querySelector("[autofocus]") || box.querySelector("input, textarea, button.primary, button"))?.focus();
  return close;
}

function keepInside(event, box) {
  const stops = [...box.querySelectorAll("button, input, textarea, select, a[href]")].filter((one) => !one.disabled);
  const end = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== end) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}

/** Words and one button, as a bot's alert shows them. */
export function alertBox(host, title, text) {
  dialog(host, title, (close) => [
    el("h2", { dir: "auto", text: title }),
    el("p", { class: "alert-text", dir: "auto", text }),
    el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "primary", text: t("ok"), onclick: close })),
  ], { role: "alertdialog" });
}

/** A question with two buttons. */
export function confirmBox(host, title, text, yes, run) {
  const go = (close) => () => {
    close();
    run();
  };
  dialog(host, title, (close) => [
    el("h2", { text: title }),
    el("p", { dir: "auto", text }),
    el("div", { class: "dialog-buttons" },
      el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }),
      el("button", { type: "button", class: "primary", autofocus: true, text: yes, onclick: go(close) })),
  ]);
}

/** A list to choose from; rows are elements made by the caller. */
export function listBox(host, title, rows) {
  return dialog(host, title, (close) => {
    const list = el("div", { class: "dialog-list" }, ...rows(close));
    list.addEventListener("keydown", (event) => arrows(event, list.querySelectorAll("button")));
    return [el("div", { class: "dialog-head" }, el("h2", { text: title }), iconButton("close", t("close"), close)), list];
  });
}

/** Words that come and go by themselves. */
export function toast(host, text) {
  const shown = el("div", { class: "toast", role: "status", dir: "auto", text });
  host.append(shown);
  while (host.children.length > 3) host.firstChild.remove();
  setTimeout(() => shown.classList.add("leaving"), 3200 + Math.min(text.length, 200) * 25);
  shown.addEventListener("animationend", (event) => event.animationName === "toast-out" && shown.remove());
}

/** A photo or a video over everything; a click beside it or Escape ends it. */
export function lightbox(source, kind = "photo") {
  const shown = (close) => (kind === "video"
    ? el("video", { src: source, controls: true, autoplay: true, playsinline: true, autofocus: true, "aria-label": t("kind_video") })
    : el("img", { src: source, alt: t("photo"), onclick: close }));
  dialog(document.body, t(kind), (close) => [shown(close), iconButton("close", t("close"), close, "lightbox-close")], { kind: "lightbox" });
}
