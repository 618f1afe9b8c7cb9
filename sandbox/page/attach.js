// The questions before something is sent that is not text: which place, whose number, is this the right file.

import { avatar, el, name } from "./dom.js";
import { drawing } from "./map.js";
import { dialog, listBox } from "./popups.js";
import { store } from "./store.js";
import { t } from "./words.js";

const PLACES = [
  ["placeHome", 40.00731, 116.34412],
  ["placeHall", 40.00668, 116.34533],
  ["placeGym", 40.00402, 116.34201],
  ["placeSquare", 39.90872, 116.39748],
];

function buttons(close, yes) {
  return el("div", { class: "dialog-buttons" },
    el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }),
    el("button", { type: "submit", class: "primary", text: yes }));
}

/** A form in a dialog; `submit(close)` runs when it is sent. */
function form(close, submit, ...children) {
  const onsubmit = (event) => {
    event.preventDefault();
    close();
    submit();
  };
  return el("form", { onsubmit }, ...children);
}

/** A few places to choose from, or any coordinates. */
export function askPlace(host, send) {
  dialog(host, t("whichPlace"), (close) => {
    const number = (label, limit, value) => el("input", { type: "number", step: "any", min: -limit, max: limit, value, required: true, "aria-label": label });
    const latitude = number(t("latitude"), 90, PLACES[0][1]);
    const longitude = number(t("longitude"), 180, PLACES[0][2]);
    const preview = el("div", { class: "place-preview" });
    const draw = () => preview.replaceChildren(drawing(Number(latitude.value), Number(longitude.value)));
    const choose = (chosen) => {
      [latitude.value, longitude.value] = chosen.slice(1);
      draw();
    };
    latitude.addEventListener("input", draw);
    longitude.addEventListener("input", draw);
    draw();
    const chips = PLACES.map((place) => el("button", { type: "button", class: "chip", text: t(place[0]), onclick: () => choose(place) }));
    const submit = () => send({ latitude: Number(latitude.value), longitude: Number(longitude.value) });
    return [form(close, submit, el("h2", { text: t("whichPlace") }), preview, el("div", { class: "chips" }, ...chips),
      el("div", { class: "two-fields" }, latitude, longitude), buttons(close, t("send")))];
  });
}

/** One's own number or that of somebody else. */
export function askContact(host, me, send) {
  listBox(host, t("whoseContact"), (close) => {
    const people = [me, ...store.state.people.filter((one) => one.id !== me.id)];
    return people.map((one) => {
      const onclick = () => {
        close();
        send(one.id === me.id ? {} : { of: one.id });
      };
      const words = el("span", { class: "person-words" }, name(one.id === me.id ? `${one.name} · ${t("mine")}` : one.name), el("span", { class: "quiet", text: `+${one.phone}` }));
      return el("button", { type: "button", class: "person-row", onclick }, avatar(one.id, one.name), words);
    });
  });
}
