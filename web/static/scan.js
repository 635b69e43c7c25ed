// What a phone scanned, and WeChat's scanner where this site allows WeChat's script. The rule is the
// server's (server/domain/scanned.py); tests/scan_cases.json holds the cases that both must pass.

import { button, both, say } from "/static/dom.js";
import { send } from "/static/wire.js";
import { inWeChat, weChatInfo } from "/static/wechat.js";

const LONGEST = 1024;
const KIOSK = /^[A-Za-z0-9._~-]{1,160}$/;
const LINK = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const SYMBOLOGY = /^(?:CODE|EAN|UPC|ITF|CODABAR|RSS)[A-Z0-9_-]*$/;
const WAYBILL = /^[A-Z0-9-]{8,30}$/;
const PAY_CODE = /^(?:1[0-5][0-9]{16}|(?:2[5-9]|30)[0-9]{14,22})$/;

const landed = location.href; // iOS lets WeChat's script check the URL that was opened first

/** {kind: "kiosk", code} | {kind: "waybill", number} | {kind: "other", is_link}. */
export function readScan(text, baseUrl = location.origin) {
  const given = text.trim();
  if (!given || given.length > LONGEST) return { kind: "other", is_link: false };
  if (given.startsWith(`${baseUrl}/v/`)) {
    const code = given.slice(baseUrl.length + 3);
    return KIOSK.test(code) ? { kind: "kiosk", code } : { kind: "other", is_link: true };
  }
  const isLink = LINK.test(given);
  if (isLink || given.includes("://")) return { kind: "other", is_link: isLink };
  const comma = given.indexOf(",");
  const isBarCode = comma >= 0 && SYMBOLOGY.test(given.slice(0, comma).toUpperCase());
  const number = (isBarCode ? given.slice(comma + 1) : given).replace(/\s/g, "").toUpperCase();
  const isNumber = WAYBILL.test(number) && (isBarCode || !PAY_CODE.test(number));
  return isNumber ? { kind: "waybill", number } : { kind: "other", is_link: false };
}

let scanner = null; // WeChat's script, loaded and configured once a page

/** WeChat's scanner, or null where there is none: outside of WeChat, or without its script. */
async function weChatScanner() {
  if (!inWeChat()) return null;
  const { jssdk_url: url } = await weChatInfo();
  if (!url) return null;
  scanner ??= configured(url).catch((error) => {
    scanner = null; // the next tap tries again
    throw error;
  });
  return scanner;
}

/** WeChat's own words name a call and a code: they help whoever is told of it, after ours. */
const failed = (why) => new Error(`微信扫码没有成功，请重试或手动输入 / the scan failed; try again, or type it (${why.errMsg})`);

async function configured(url) {
  await new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: url, onload: resolve });
    script.onerror = () => reject(new Error("微信扫码加载失败 / WeChat's scanner did not load"));
    document.head.append(script);
  });
  const page = /iPhone|iPad/.test(navigator.userAgent) ? landed : location.href;
  const config = await send("GET", "/v1/wechat/page-config", { query: { url: page.split("#")[0] } });
  const { wx } = window;
  await new Promise((resolve, reject) => {
    wx.error((why) => reject(failed(why)));
    wx.ready(resolve);
    wx.config({ appId: config.app_id, timestamp: config.timestamp, nonceStr: config.nonce,
      signature: config.signature, jsApiList: ["scanQRCode"] });
  });
  return () => new Promise((resolve, reject) => wx.scanQRCode({
    needResult: 1,
    scanType: ["qrCode", "barCode"],
    success: (told) => resolve(told.resultStr),
    cancel: () => resolve(null),
    fail: (why) => reject(failed(why)),
  }));
}

/**
 * Put 扫一扫 into `spot` where there is a scanner. A kiosk's QR opens its visit; a waybill's number
 * goes to `number`, if the page has a use for one.
 */
export async function offerScan(spot, number = null) {
  const scan = await weChatScanner().catch(() => null);
  if (!scan) return;
  spot.append(button(both("扫一扫", "Scan"), async () => {
    const text = await scan();
    if (text === null) return;
    const seen = readScan(text);
    if (seen.kind === "kiosk") location.assign(`/v/${seen.code}`);
    else if (seen.kind === "waybill" && number) number(seen.number);
    else say("不是终端的二维码，也不是运单号 / neither a kiosk's QR nor a waybill's number", "error");
  }));
}
