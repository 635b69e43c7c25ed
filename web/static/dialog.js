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

function ask(zh, en, field) {
  return new Promise((resolve) => {
    const yes = make("button", { type: "submit", className: "go" }, ...both("确定", "Yes"));
    const no = make("button", { type: "button" }, ...both("返回", "Back"));
    const form = make("form", { method: "dialog" }, make("p", {}, zh, make("br"), make("small", {}, en)),
      field ? make("label", { className: "field" }, ...both("原因", "Reason"), field) : null,
      make("p", { className: "row" }, yes, no));
    const dialog = make("dialog", {}, form);
    let answer = null;
    no.onclick = () => dialog.close();
    form.onsubmit = () => { answer = field ? field.value.trim() : ""; };
    dialog.onclose = () => {
      dialog.remove();
      resolve(field && answer === "" ? null : answer);
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}
