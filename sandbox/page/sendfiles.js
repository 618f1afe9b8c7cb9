// Chosen, pasted or dropped files: shown once more with room for a caption, then sent as what they are.

import { base64 } from "./api.js";
import { el, icon, name } from "./dom.js";
import { kindWords } from "./media.js";
import { dialog } from "./popups.js";
import { t } from "./words.js";

const LARGEST_ALBUM = 10;
const ALBUMS = { photo: "visual", video: "visual", audio: "audio", document: "document" };

/** What a file is sent as; `plain` says that pictures and videos shall stay files. */
function kindOf(file, plain) {
  if (file.type.startsWith("audio/")) return "audio";
  if (plain) return "document";
  if (file.type === "image/gif") return "animation";
  if (/^image\/(png|jpeg|webp|bmp|avif)$/.test(file.type)) return "photo";
  return file.type.startsWith("video/") ? "video" : "document";
}

/** Offer the files for sending; `act(what, body)` sends, and answers whether it worked. */
export function offerFiles(host, files, act, { plain = false } = {}) {
  const chosen = files.map((file) => ({ file, kind: kindOf(file, plain), url: URL.createObjectURL(file) }));
  const visual = chosen.some((one) => ["photo", "video", "animation"].includes(one.kind));
  const title = chosen.length === 1 ? kindWords(chosen[0].kind) : t("filesToSend", chosen.length);
  dialog(host, title, (close) => {
    const caption = el("input", { type: "text", placeholder: t("caption"), "aria-label": t("caption"), maxlength: "1024", autofocus: true });
    const hidden = el("input", { type: "checkbox" });
    const spoiler = visual ? el("label", { class: "check-line" }, hidden, el("span", { text: t("underSpoiler") })) : null;
    const onsubmit = (event) => {
      event.preventDefault();
      close();
      send(chosen, caption.value, hidden.checked, act);
    };
    const buttons = el("div", { class: "dialog-buttons" },
      el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }),
      el("button", { type: "submit", class: "primary", text: t("send") }));
    return [el("form", { onsubmit }, el("h2", { text: title }), previews(chosen), caption, spoiler, buttons)];
  });
}

function previews(chosen) {
  const one = chosen.length === 1;
  const shown = chosen.map(({ file, kind, url }) => {
    if (kind === "photo" || kind === "animation") return el("img", { class: one ? "file-preview" : "small-preview", src: url, alt: file.name });
    if (kind === "video") return Object.assign(el("video", { class: one ? "file-preview" : "small-preview", src: url, controls: one, preload: "metadata", "aria-label": file.name }), { muted: true });
    return el("div", { class: "document" }, el("span", { class: "document-icon" }, icon(kind === "audio" ? "music" : "file")), name(file.name, { class: "document-name" }));
  });
  return el("div", { class: one ? "previews" : "previews many" }, ...shown);
}

async function send(chosen, caption, spoiler, act) {
  let words = caption;
  for (const group of grouped(chosen)) {
    const items = await Promise.all(group.map((one, at) => item(one, at === 0 ? words : "", spoiler)));
    const [{ kind, ...alone }] = items;
    const sent = items.length === 1 ? await act(kind, alone) : await act("album", { items });
    if (!sent) return;
    words = ""; // the caption stands under the first
  }
}

/** Albums of up to ten of what may stand together; the rest goes alone. */
function grouped(chosen) {
  const groups = [];
  for (const one of chosen) {
    const last = groups.at(-1);
    const fits = last && last.length < LARGEST_ALBUM && ALBUMS[one.kind] && ALBUMS[last[0].kind] === ALBUMS[one.kind];
    if (fits) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

async function item({ file, kind, url }, caption, spoiler) {
  const body = { kind, bytes: await base64(file), name: file.name, mime: file.type, caption };
  if (["photo", "video", "animation"].includes(kind)) body.spoiler = spoiler;
  if (kind === "photo") delete body.name;
  if (kind === "photo") delete body.mime;
  if (kind === "video" || kind === "audio") Object.assign(body, await measured(kind, url));
  return body;
}

/** How large and how long it is, as far as the browser can tell. */
function measured(kind, url) {
  return new Promise((resolve) => {
    const probe = el(kind, { preload: "metadata" });
    const done = () => {
      const found = Number.isFinite(probe.duration) ? { duration: Math.round(probe.duration) } : {};
      if (kind === "video") Object.assign(found, { width: probe.videoWidth || 0, height: probe.videoHeight || 0 });
      resolve(found);
    };
    probe.addEventListener("loadedmetadata", done);
    probe.addEventListener("error", () => resolve({}));
    setTimeout(done, 3000);
    probe.src = url;
  });
}
