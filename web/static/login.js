// Logging in: phone, SMS code with its countdown, the agreement; or an account already here.

import { both, button, make, say } from "/static/dom.js";
import { complain, join } from "/static/forms.js";
import { device } from "/static/sessions.js";
import { ApiError, send } from "/static/wire.js";

/** Fill `holder` with the log-in; the session fires "changed" when it went well. */
export function showLogIn(session, holder, why = null) {
  const phone = make("input", {
    name: "phone", type: "tel", inputMode: "tel", autocomplete: "tel", required: true,
    placeholder: "13800000001", data: { hint: "请填写手机号 / your phone number" },
  });
  const code = make("input", {
    name: "code", inputMode: "numeric", autocomplete: "one-time-code", maxLength: 6, required: true,
    data: { hint: "请填写短信里的 6 位验证码 / the 6 digits of the SMS" },
  });
  const agree = make("input", { type: "checkbox", name: "agreement_version", required: true });
  const ask = make("button", { type: "button" }, ...both("获取验证码", "Send code"));
  const form = make("form", { className: "card login" },
    make("h2", {}, ...both("登录", "Log in")),
    why && make("p", { className: "hint" }, why),
    make("label", { className: "field" }, ...both("手机号", "Phone"), phone),
    make("div", { className: "field" },
      make("label", { htmlFor: "code" }, ...both("验证码", "Code")),
      make("div", { className: "row grow" }, code, ask)),
    make("label", { className: "field tick" }, agree, make("span", {},
      "我已阅读并同意", make("a", { href: "/static/terms.html#agreement", target: "_blank" }, "用户协议"),
      " ", make("small", {}, "I accept the user agreement"))),
    make("button", { type: "submit", className: "go" }, ...both("登录 / 注册", "Log in or sign up")),
  );
  code.id = "code";
  ask.onclick = () => sendCode(form, phone, ask, code);
  join(form, async (given) => {
    const rules = await send("GET", "/v1/rules");
    await session.logIn(given.phone, given.code, rules.agreement_version);
  });
  holder.replaceChildren(...[accountsHere(session), form].filter(Boolean));
}

async function sendCode(form, phone, ask, code) {
  if (!phone.value.trim()) {
    complain(form, new ApiError({ code: "", message: phone.dataset.hint, field: "phone" }));
    return;
  }
  ask.disabled = true;
  try {
    const body = { phone: phone.value.trim(), device: device() };
    const told = await send("POST", "/v1/codes", { body });
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

function accountsHere(session) {
  const accounts = session.accounts();
  if (accounts.length === 0) return null;
  return make("section", { className: "card" },
    make("h2", {}, ...both("继续使用", "Continue as")),
    make("div", { className: "row" }, accounts.map((person) => button(
      `${person.masked_phone}`, async () => session.use(person.person_id)))),
  );
}
