// WeChat's own scanner, where the page is open in WeChat and this site allows WeChat's script.

import type { PageConfigView } from "@/api/types";
import { send } from "@/api/wire";
import { inWeChat, weChatInfo } from "@/kit/wechat";

const landed = location.href; // iOS lets WeChat's script check the URL that was opened first

interface WeChatScript {
  config(given: Record<string, unknown>): void;
  ready(done: () => void): void;
  error(failed: (why: { errMsg?: string }) => void): void;
  scanQRCode(given: Record<string, unknown>): void;
}

/** Asks WeChat to scan once; null when the person turned back. Throws WeChatScanError. */
export type WeChatScan = () => Promise<string | null>;

/** WeChat's own words name a call and a code: they help whoever is told of it, after ours. */
export class WeChatScanError extends Error {
  constructor(readonly told: string) {
    super(told);
    this.name = "WeChatScanError";
  }
}

let scanner: Promise<WeChatScan> | null = null; // its script is loaded and configured once a page

/** WeChat's scanner, or null where there is none: outside of WeChat, or without its script. */
export async function weChatScanner(): Promise<WeChatScan | null> {
  if (!inWeChat()) return null;
  const { jssdk_url: url } = await weChatInfo();
  if (!url) return null;
  scanner ??= configured(url).catch((error) => {
    scanner = null; // the next tap tries again
    throw error;
  });
  return scanner;
}

async function configured(url: string): Promise<WeChatScan> {
  await new Promise<void>((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: url });
    script.onload = () => resolve();
    script.onerror = () => reject(new WeChatScanError("script"));
    document.head.append(script);
  });
  const page = /iPhone|iPad/.test(navigator.userAgent) ? landed : location.href;
  const config = await send<PageConfigView>("GET", "/v1/wechat/page-config", { query: { url: page.split("#")[0] } });
  const { wx } = globalThis as unknown as { wx: WeChatScript };
  await new Promise<void>((resolve, reject) => {
    wx.error((why) => reject(new WeChatScanError(why.errMsg ?? "config")));
    wx.ready(resolve);
    wx.config({ appId: config.app_id, timestamp: config.timestamp, nonceStr: config.nonce,
      signature: config.signature, jsApiList: ["scanQRCode"] });
  });
  return () => new Promise((resolve, reject) => {
    wx.scanQRCode({
      needResult: 1,
      scanType: ["qrCode", "barCode"],
      success: (told: { resultStr: string }) => resolve(told.resultStr),
      cancel: () => resolve(null),
      fail: (why: { errMsg?: string }) => reject(new WeChatScanError(why.errMsg ?? "scanQRCode")),
    });
  });
}
