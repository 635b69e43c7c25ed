// Questions that have to be answered before something is done.

import { both, make } from "/static/dom.js";

/** Ask whether to go on. */
export function sure(zh, en) {
  return ask(zh, en, null).then((answer) => answer !== null);
}

/** Ask for a reason in words; null when the person thought better of it. */
export function reason(zh, en) {
  return ask(zh, en, make("textarea", { name: "reason", required: true, maxLength: 200, rows: 3 }));
}

/** Ask for an amount in yuan (empty: all of it), one of the choices, and words; null when not. */
export function amountAndReason(zh, en, choices) {
  const amount = make("input", { name: "amount", inputMode: "decimal", pattern: "[0-9]{1,6}([.][0-9]{1,2})?", autocomplete: "off" });
  const choice = make("select", { name: "choice" }, choices.map(([value, text]) => make("option", { value }, text)));
  const note = make("textarea", { name: "note", required: true, maxLength: 200, rows: 3 });
  const fields = make("div", {}, make("label", { className: "field" }, ...both("金额（元）", "Yuan"), amount),
    make("label", { className: "field" }, ...both("类别", "Kind"), choice),
    make("label", { className: "field" }, ...both("原因", "Reason"), note));
  return ask(zh, en, fields, () => (note.value.trim() === "" ? "" : {
    ...(amount.value === "" ? {} : { amount_fen: Math.round(Number(amount.value) * 100) }),
    reason: choice.value, note: note.value.trim(),
  }));
}

/** Ask for a reason of a table of words and a note; the note is needed for `other`. */
export function choiceAndNote(zh, en, table) {
  const choice = make("select", { name: "choice" }, Object.entries(table).map(([value, words]) => make("option", { value }, words.join(" / "))));
  const note = make("textarea", { name: "note", maxLength: 200, rows: 3 });
  choice.onchange = () => { note.required = choice.value === "other"; };
  const fields = make("div", {}, make("label", { className: "field" }, ...both("原因", "Reason"), choice),
    make("label", { className: "field" }, ...both("说明", "Note"), note));
  return ask(zh, en, fields, () => (choice.value === "other" && note.value.trim() === "" ? "" : {
    reason: choice.value, ...(note.value.trim() === "" ? {} : { note: note.value.trim() }),
  }));
}

function ask(zh, en, field, read = () => field.value.trim()) {
  return new Promise((resolve) => {
    const yes = make("button", { type: "submit", className: "go" }, ...both("确定", "Yes"));
    const no = make("button", { type: "button" }, ...both("返回", "Back"));
    const form = make("form", { method: "dialog" }, make("p", {}, zh, make("br"), make("small", {}, en)),
      field?.name ? make("label", { className: "field" }, ...both("原因", "Reason"), field) : field,
      make("p", { className: "row" }, yes, no));
    const dialog = make("dialog", {}, form);
    let answer = null;
    no.onclick = () => dialog.close();
    form.onsubmit = () => { answer = field ? read() : ""; };
    dialog.onclose = () => {
      dialog.remove();
      resolve(field && answer === "" ? null : answer);
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}
