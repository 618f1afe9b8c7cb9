// The dialog in which a person makes a poll or a quiz.

import { el } from "./dom.js";
import { dialog } from "./popups.js";
import { t } from "./words.js";

const MOST = 12;
const TIMES = [[30, "0:30"], [60, "1:00"], [300, "5:00"], [3600, "1:00:00"]];

/** Ask for a poll; `wanted` is "quiz" or "regular" where only that will do. `send(body)` gets what `POST /sim/poll` takes. */
export function askPoll(host, send, wanted = "") {
  dialog(host, t(wanted === "quiz" ? "newQuiz" : "newPoll"), (close) => {
    const title = el("h2");
    const question = el("textarea", { rows: "2", required: true, maxlength: "255", dir: "auto", placeholder: t("pollQuestion"), "aria-label": t("pollQuestion"), autofocus: true });
    const options = el("fieldset", {}, el("legend", { text: t("pollOptions") }));
    const anonymous = toggle("isAnonymous", true);
    const several = toggle("allowSeveral", false);
    const quiz = toggle("isQuiz", wanted === "quiz");
    const why = el("input", { type: "text", maxlength: "200", dir: "auto", placeholder: t("explanation"), "aria-label": t("explanation") });
    const time = el("select", { "aria-label": t("pollTime") }, el("option", { value: "", text: t("noLimit") }), ...TIMES.map(([seconds, text]) => el("option", { value: String(seconds), text })));
    const more = el("button", { type: "button", class: "plain", onclick: () => add().querySelector("input[type=text]").focus() }, t("addOption"));
    const rows = () => [...options.querySelectorAll(".poll-field")];

    function add() {
      const number = rows().length + 1;
      const right = el("input", { type: "checkbox", "aria-label": `${t("correctAnswer")}: ${t("pollOption", number)}` });
      const text = el("input", { type: "text", required: number < 3, maxlength: "100", dir: "auto", placeholder: t("pollOption", number), "aria-label": t("pollOption", number) });
      const row = el("div", { class: "poll-field" }, right, text);
      options.append(row);
      more.hidden = number >= MOST;
      redraw();
      return row;
    }

    function redraw() {
      const on = quiz.input.checked;
      options.firstChild.textContent = on ? `${t("pollOptions")} · ${t("markCorrect")}` : t("pollOptions");
      for (const row of rows()) row.querySelector("[type=checkbox]").hidden = !on;
      why.hidden = !on;
      title.textContent = t(on ? "newQuiz" : "newPoll");
    }

    const onsubmit = (event) => {
      event.preventDefault();
      const filled = rows().map((row) => [row.querySelector("[type=text]").value.trim(), row.querySelector("[type=checkbox]").checked]).filter(([text]) => text);
      const correct = filled.flatMap(([, right], place) => (right ? [place] : []));
      if (quiz.input.checked && !correct.length) {
        options.querySelector("[type=checkbox]").focus();
        return;
      }
      close();
      send({
        question: question.value, options: filled.map(([text]) => text), anonymous: anonymous.input.checked,
        several: several.input.checked || (quiz.input.checked && correct.length > 1),
        ...(quiz.input.checked ? { correct, explanation: why.value } : {}), ...(time.value ? { seconds: Number(time.value) } : {}),
      });
    };

    quiz.input.addEventListener("change", redraw);
    quiz.node.hidden = Boolean(wanted);
    add();
    add();
    return [el("form", { class: "poll-form", onsubmit }, title, question, options, more,
      anonymous.node, several.node, quiz.node, why, el("label", { class: "poll-switch" }, el("span", { text: t("pollTime") }), time),
      el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }), el("button", { type: "submit", class: "primary" }, t("create"))))];
  });
}

/** One more option for a poll that lets voters add some. */
export function askOption(host, send) {
  dialog(host, t("addOption"), (close) => {
    const text = el("input", { type: "text", required: true, maxlength: "100", dir: "auto", "aria-label": t("addOption"), autofocus: true });
    const onsubmit = (event) => {
      event.preventDefault();
      close();
      send(text.value);
    };
    return [el("form", { onsubmit }, el("h2", { text: t("addOption") }), text,
      el("div", { class: "dialog-buttons" }, el("button", { type: "button", class: "plain", text: t("cancel"), onclick: close }), el("button", { type: "submit", class: "primary", text: t("add") })))];
  });
}

function toggle(key, on) {
  const input = el("input", { type: "checkbox", role: "switch", checked: on });
  return { input, node: el("label", { class: "poll-switch" }, el("span", { text: t(key) }), input) };
}
