import { describe, expect, it } from "vitest";
import { ALIPAY, choices, JSAPI, NATIVE, placeOf } from "./ways";

const ALL = [JSAPI, NATIVE, ALIPAY];

describe("choices", () => {
  it("gives WeChat its own sheet, and a QR for another phone once that runs", () => {
    expect(choices("wechat", ALL, null)).toEqual([JSAPI]);
    expect(choices("wechat", [NATIVE, ALIPAY], null)).toEqual([NATIVE]);
    expect(choices("wechat", ALL, JSAPI)).toEqual([NATIVE]);
  });

  it("gives Alipay only itself", () => {
    expect(choices("alipay", ALL, null)).toEqual([ALIPAY]);
    expect(choices("alipay", [JSAPI, NATIVE], null)).toEqual([]);
  });

  it("gives a browser both QRs, but for the one that is shown", () => {
    expect(choices("browser", ALL, null)).toEqual([NATIVE, ALIPAY]);
    expect(choices("browser", ALL, ALIPAY)).toEqual([NATIVE]);
  });

  it("knows the apps by their names", () => {
    expect(placeOf("Chrome/120 MicroMessenger/8.0.50")).toBe("wechat");
    expect(placeOf("AliApp(AP/10) AlipayClient/10")).toBe("alipay");
    expect(placeOf("Chrome/120")).toBe("browser");
  });
});
