// Which ways to pay are offered where this page is open, and in which order.

export const JSAPI = "wechat_jsapi";
export const NATIVE = "wechat_native";
export const ALIPAY = "alipay_precreate";

export type Way = typeof JSAPI | typeof NATIVE | typeof ALIPAY;

/** In which app the page is open. */
export type Place = "wechat" | "alipay" | "browser";

export function placeOf(userAgent: string): Place {
  if (/MicroMessenger/i.test(userAgent)) return "wechat";
  return /AlipayClient/i.test(userAgent) ? "alipay" : "browser";
}

/** The ways to offer, best first, but for the one that runs. */
export function choices(place: Place, offered: readonly string[], running: string | null): Way[] {
  const has = (way: Way): boolean => offered.includes(way) && way !== running;
  const all: Way[] = [];
  if (place === "wechat" && has(JSAPI)) all.push(JSAPI);
  // In WeChat a QR is for another phone only: its own sheet is better while nothing runs.
  const second = place === "wechat" && offered.includes(JSAPI) && running === null;
  if (place !== "alipay" && has(NATIVE) && !second) all.push(NATIVE);
  if (place !== "wechat" && has(ALIPAY)) all.push(ALIPAY);
  return all;
}
