// Who WeChat says that this is: leaving for its log-in, coming back with a handle, using it once.

import { device } from "/static/sessions.js";
import { send } from "/static/wire.js";

const ASKED = "lanjian.wechat.asked"; // this tab was sent to WeChat by itself, once
const LINKING = "lanjian.wechat.linking"; // this tab was sent there to link, not to log in

/** Whether this page is open in WeChat, where its log-in needs no typing. */
export const inWeChat = () => /MicroMessenger/i.test(navigator.userAgent);

let info = null;

/** What of WeChat this site has; nothing, where that cannot be asked. */
export function weChatInfo() {
  info ??= send("GET", "/v1/wechat").catch(() => {
    info = null;
    return { service: false, mini: false, jssdk_url: null };
  });
  return info;
}

let handle = takeHandle(); // what WeChat's log-in came back with: a handle, "failed", or null

function takeHandle() {
  const url = new URL(location.href);
  const given = url.searchParams.get("wechat");
  if (given === null) return null;
  url.searchParams.delete("wechat");
  history.replaceState(history.state, "", url); // it works once: nobody is to bookmark it
  return given;
}

/** Give what came back to log in by; null when there is nothing, or it is for linking. */
export const logInHandle = () => (sessionStorage.getItem(LINKING) ? null : handle);

/** Give what came back to link by. */
export const linkHandle = () => (sessionStorage.getItem(LINKING) ? handle : null);

/** Forget it: it was used. */
export function usedHandle() {
  handle = null;
  sessionStorage.removeItem(LINKING);
}

/** Leave for WeChat, to come back to this page (or to `path`). */
export async function leave({ path = location.pathname + location.hash, linking = false } = {}) {
  const { url } = await send("POST", "/v1/wechat/begin", { body: { return_path: path } });
  sessionStorage.setItem(ASKED, "1");
  if (linking) sessionStorage.setItem(LINKING, "1");
  else sessionStorage.removeItem(LINKING);
  location.assign(url);
}

/** Whether this tab may go to WeChat by itself: there it asks nobody anything, but only once. */
export const mayLeaveByItself = () => inWeChat() && !handle && !sessionStorage.getItem(ASKED);

/** Log in by the handle: the session, or null when a phone's code is needed first. */
export async function enter(session, given, agreementVersion = null) {
  const body = { handle: given, device: device(), agreement_version: agreementVersion };
  const told = await send("POST", "/v1/wechat/log-in", { body });
  if (!told.linked) return null;
  usedHandle();
  session.take(told.logged_in);
  return told.logged_in;
}

/** Log in by a phone's code and link this WeChat with its account; tells why it was not. */
export async function enterByPhone(session, given, phone, code, agreementVersion) {
  const body = { handle: given, phone, code, device: device(), agreement_version: agreementVersion };
  const told = await send("POST", "/v1/wechat/link", { body });
  usedHandle();
  session.take(told.logged_in);
  return told.why_not;
}
