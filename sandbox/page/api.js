// The people side of the sandbox (`/sim`, described in sandbox/sim.py).

export class Refused extends Error {}

/** Ask for something; words of refusal become a `Refused`. */
async function answered(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(body.error || response.statusText);
  return body;
}

export async function get(path, query = {}) {
  return answered(await fetch(`/sim/${path}?${new URLSearchParams(query)}`, { cache: "no-store" }));
}

export async function post(act, body) {
  const headers = { "Content-Type": "application/json" };
  return answered(await fetch(`/sim/${act}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

export function fileUrl(fileId) {
  return `/sim/file/${encodeURIComponent(fileId)}`;
}

/** A file's bytes as base64. */
export function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Listen for changes, and again whenever the line broke; `onopen` says when, because something may have been missed. */
export function listen(hear, pause = 250) {
  const events = new EventSource("/sim/events");
  let wait = pause;
  events.addEventListener("open", () => {
    wait = 250;
    hear.onopen();
  });
  // The browser would try again by itself, but only after three seconds, and not at all after some errors.
  events.addEventListener("error", () => {
    events.close();
    hear.onlost();
    setTimeout(() => listen(hear, Math.min(wait * 2, 3000)), wait);
  });
  events.addEventListener("changed", (event) => hear.onchanged(JSON.parse(event.data)));
  events.addEventListener("toast", (event) => hear.ontoast(JSON.parse(event.data)));
  events.addEventListener("action", (event) => hear.onaction(JSON.parse(event.data)));
}
