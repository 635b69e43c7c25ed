// Logging in: phone, SMS code with its countdown, the agreement; or an account already here.

import { askForCode } from "/static/codes.js";
import { both, button, make, say } from "/static/dom.js";
import { complain, join } from "/static/forms.js";
import { device } from "/static/sessions.js";
import {
  enter, enterByPhone, inWeChat, leave, logInHandle, mayLeaveByItself, usedHandle, weChatInfo,
} from "/static/wechat.js";
import { ApiError, send } from "/static/wire.js";

/**
 * Fill `holder` with the log-in; the session fires "changed" when it went well. With `silently` a
 * page in WeChat asks there first who this is: that shows nobody anything.
 */
export function showLogIn(session, holder, why = null, { silently = false } = {}) {
  const handle = logInHandle();
  if (handle && handle !== "failed") {
    holder.replaceChildren(make("p", { className: "empty" }, "微信登录中… / logging in by WeChat"));
    byWeChat(session, holder, why, handle);
    return;
  }
  if (handle) {
    usedHandle();
    say("微信没有确认身份，请用手机号登录 / WeChat did not say who you are; please log in by phone", "error");
  }
  showForm(session, holder, why);
  if (inWeChat()) offerWeChat(holder, silently && !handle && session.accounts().length === 0);
}

/** Show 微信登录 above the form where the site has a service account; go there by itself once. */
async function offerWeChat(holder, silently) {
  const { service } = await weChatInfo();
  if (!service) return;
  if (silently && mayLeaveByItself()) {
    leave().catch(() => {}); // the form stands there all the same
    return;
  }
  const form = holder.querySelector("form");
  form?.before(make("p", { className: "row grow" },
    button(both("微信登录", "Log in with WeChat"), () => leave(), "go big")));
}

/** Use what WeChat's log-in came back with: a linked account is in, any other needs its phone. */
async function byWeChat(session, holder, why, handle, agreementVersion = null) {
  try {
    if (await enter(session, handle, agreementVersion)) return;
    showForm(session, holder, "第一次用微信登录：绑定手机号，以后无需再输入 / the first time, your phone is linked", handle);
  } catch (error) {
    if (error.code === "agreement_required" && !agreementVersion) {
      showAgreement(holder, (version) => byWeChat(session, holder, why, handle, version));
      return;
    }
    if (error.status) usedHandle(); // it is over; after a broken connection it may still be good
    say(error.message, "error");
    showForm(session, holder, why);
    if (inWeChat()) offerWeChat(holder, false);
  }
}

function agreementTick() {
  return make("input", { type: "checkbox", name: "agreement_version", required: true });
}

function agreementLine(agree) {
  return make("label", { className: "field tick" }, agree, make("span", {},
    "我已阅读并同意", make("a", { href: "/agreement", target: "_blank", rel: "noopener" }, "《用户协议》"),
    " ", make("small", {}, "I accept the user agreement")));
}

/** The agreement is new since the last log-in. */
function showAgreement(holder, go) {
  const form = make("form", { className: "card login" },
    make("h2", {}, ...both("用户协议已更新", "The agreement is new")), agreementLine(agreementTick()),
    make("button", { type: "submit", className: "go" }, ...both("同意并登录", "Accept and log in")));
  join(form, async () => go((await send("GET", "/v1/rules")).agreement_version));
  holder.replaceChildren(form);
}

/** As the server takes numbers: with blanks, hyphens or +86, eleven digits of the mainland. */
const PHONE = "\\s*(?:\\+86)?[\\s\\-]*1[\\s\\-]*[3-9](?:[\\s\\-]*[0-9]){9}\\s*";

/** The form of phone and code; with a handle of WeChat's it is linked with the account. */
function showForm(session, holder, why, handle = null) {
  const phone = make("input", {
    name: "phone", type: "tel", inputMode: "tel", autocomplete: "tel", required: true,
    placeholder: "13800000001", pattern: PHONE, title: "11 位手机号 / 11 digits",
    data: { hint: "请填写 11 位手机号 / your 11-digit phone number" },
  });
  const code = make("input", {
    name: "code", inputMode: "numeric", autocomplete: "one-time-code", maxLength: 6, required: true,
    pattern: "[0-9]{6}", data: { hint: "请填写短信里的 6 位验证码 / the 6 digits of the SMS" },
  });
  const agree = agreementTick();
  const ask = make("button", { type: "button" }, ...both("获取验证码", "Send code"));
  const form = make("form", { className: "card login" },
    make("h2", {}, ...both("登录", "Log in")),
    why && make("p", { className: "hint" }, why),
    make("label", { className: "field" }, ...both("手机号", "Phone"), phone),
    make("div", { className: "field" },
      make("label", { htmlFor: "code" }, ...both("验证码", "Code")),
      make("div", { className: "row grow" }, code, ask)),
    agreementLine(agree),
    make("button", { type: "submit", className: "go" }, ...both("登录 / 注册", "Log in or sign up")),
  );
  code.id = "code";
  ask.onclick = () => sendCode(form, phone, ask, code);
  join(form, async (given) => {
    const rules = await send("GET", "/v1/rules");
    if (!handle) {
      await session.logIn(given.phone, given.code, rules.agreement_version);
      return;
    }
    const whyNot = await enterByPhone(session, handle, given.phone, given.code, rules.agreement_version);
    if (whyNot) say(NOT_LINKED[whyNot] ?? NOT_LINKED.wechat_over, "error");
  });
  holder.replaceChildren(...[accountsHere(session), form].filter(Boolean));
}

const NOT_LINKED = {
  wechat_elsewhere: "已登录；这个微信绑定着另一个账号，可在“我的账号”里移过来 / logged in; this WeChat is another account's: move it in My account",
  another_wechat: "已登录；您的账号绑定着另一个微信，可在“我的账号”里解绑 / logged in; your account has another WeChat: unlink it in My account",
  wechat_over: "已登录，微信没有绑定 / logged in; WeChat was not linked",
};

async function sendCode(form, phone, ask, code) {
  if (!phone.checkValidity()) {
    complain(form, new ApiError({ code: "", message: phone.dataset.hint, field: "phone" }));
    return;
  }
  const body = { phone: phone.value.trim(), device: device() };
  await askForCode(form, ask, code, () => send("POST", "/v1/codes", { body }));
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
