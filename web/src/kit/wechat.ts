// Who WeChat says that this is: leaving for its log-in, coming back with a handle, using it once.

import { inTab } from "@/api/keeping";
import { device, type Session } from "@/api/session";
import type { WeChatBegun, WeChatEntered, WeChatInfo } from "@/api/types";
import { send } from "@/api/wire";

const ASKED = "lanjian.wechat.asked"; // this tab was sent to WeChat by itself, once
const LINKING = "lanjian.wechat.linking"; // this tab was sent there to link, not to log in

/** Whether this page is open in WeChat, where its log-in needs no typing. */
export const inWeChat = (): boolean => /MicroMessenger/i.test(navigator.userAgent);

/** What of WeChat this site has; nothing, where that cannot be asked. */
export async function weChatInfo(): Promise<WeChatInfo> {
  try {
    return await send<WeChatInfo>("GET", "/v1/wechat");
  } catch {
    return { service: false, mini: false, jssdk_url: null } as WeChatInfo;
  }
}

/** What this page was opened with, read before its router: that would write the address anew. */
let landed: string | null = globalThis.location ? takeHandle() : null;

function takeHandle(): string | null {
  const url = new URL(location.href);
  const given = url.searchParams.get("wechat");
  if (given === null) return null;
  url.searchParams.delete("wechat");
  history.replaceState(history.state, "", url); // it works once: nobody is to bookmark it
  return given;
}

/** What WeChat's log-in came back with in this page's URL: a handle, "failed", or nothing. */
export class WeChatReturn {
  /** What came back to log in by. */
  get toLogIn(): string | null {
    return inTab.getItem(LINKING) ? null : landed;
  }

  /** What came back to link by. */
  get toLink(): string | null {
    return inTab.getItem(LINKING) ? landed : null;
  }

  used(): void {
    landed = null;
    inTab.removeItem(LINKING);
  }

  /** Whether this tab may go to WeChat by itself: there it asks nobody anything, but only once. */
  mayLeaveByItself(): boolean {
    return inWeChat() && !landed && !inTab.getItem(ASKED);
  }
}

/** Leave for WeChat, to come back to this page (or to `path`). */
export async function leaveForWeChat({ path = location.pathname + location.hash, linking = false } = {}): Promise<void> {
  const { url } = await send<WeChatBegun>("POST", "/v1/wechat/begin", { body: { return_path: path } });
  inTab.setItem(ASKED, "1");
  if (linking) inTab.setItem(LINKING, "1");
  else inTab.removeItem(LINKING);
  location.assign(url);
}

/** Log in by a handle; false when a phone's code is needed first. */
export async function enterByWeChat(session: Session, handle: string, agreement: string | null): Promise<boolean> {
  const body = { handle, device: device(), agreement_version: agreement };
  const told = await send<WeChatEntered>("POST", "/v1/wechat/log-in", { body });
  if (!told.linked || !told.logged_in) return false;
  session.take(told.logged_in);
  return true;
}

export interface ByPhone {
  phone: string;
  code: string;
  agreement: string;
}

/** Log in by a phone's code and link this WeChat with its account; tells why it was not, or null. */
export async function enterByPhone(session: Session, handle: string, given: ByPhone): Promise<string | null> {
  const { agreement: agreement_version, ...rest } = given;
  const body = { handle, device: device(), agreement_version, ...rest };
  const told = await send<WeChatEntered>("POST", "/v1/wechat/link", { body });
  if (told.logged_in) session.take(told.logged_in);
  return told.why_not;
}
