// SMS codes in forms: asked for by a button that counts down until another may be asked for.

import { both, make, say } from "/static/dom.js";
import { complain } from "/static/forms.js";
import { ApiError } from "/static/wire.js";

let numbered = 0;

/** A field for a code, with the button that asks for it; `send` posts and answers `CodeSent`. */
export function codeField(form, name, [zh, en], send) {
  const id = `code-${(numbered += 1)}`;
  const code = make("input", {
    id, name, inputMode: "numeric", autocomplete: "one-time-code", maxLength: 6, required: true,
    pattern: "[0-9]{6}", data: { hint: "请填写短信里的 6 位验证码 / the 6 digits of the SMS", private: "" },
  });
  const ask = make("button", { type: "button" }, ...both("获取验证码", "Send code"));
  ask.onclick = () => askForCode(form(), ask, code, send);
  return make("div", { className: "field" }, make("label", { htmlFor: id }, ...both(zh, en)),
    make("div", { className: "row grow" }, code, ask));
}

/** Ask for a code; the button rests until another may be asked for. */
export async function askForCode(form, ask, code, send) {
  ask.disabled = true;
  try {
    const told = await send();
    say("验证码已发送 / the code was sent");
    code.focus();
    countDown(ask, told.resend_after_seconds);
  } catch (error) {
    const wait = error.details?.retry_after_seconds;
    if (wait) countDown(ask, wait);
    else ask.disabled = false;
    // A limit's field says whose limit it is, not which field to mend.
    complain(form, wait ? new ApiError({ code: error.code, message: error.message }) : error);
  }
}

function countDown(ask, seconds) {
  const until = performance.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    ask.disabled = left > 0;
    ask.replaceChildren(...(left > 0 ? both(`${left} 秒后重发`, `again in ${left} s`)
      : both("获取验证码", "Send code")));
    if (left <= 0) clearInterval(timer);
  };
  const timer = setInterval(tick, 500);
  tick();
}
