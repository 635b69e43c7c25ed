// What Alipay's page came back with in this page's URL: a handle, or "failed". It works once, so it
// is taken out of the URL before anything else looks there.

import { inTab } from "@/api/keeping";

const KEPT = "lanjian.alipay.back"; // for this tab: the page may be reloaded before it is used

export function takeAlipayHandle(): void {
  const url = new URL(location.href);
  const given = url.searchParams.get("alipay");
  if (given === null) return;
  inTab.setItem(KEPT, given);
  url.searchParams.delete("alipay");
  history.replaceState(history.state, "", url);
}

export const alipayHandle = (): string | null => inTab.getItem(KEPT);

export const usedAlipayHandle = (): void => inTab.removeItem(KEPT);
