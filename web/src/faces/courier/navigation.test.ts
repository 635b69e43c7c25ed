import { describe, expect, test } from "vitest";
import { deviceOf, waysTo } from "./navigation";

const SHENZHEN = { lat: 22.5431, lon: 114.0579, name: "福田柜, A|1" };
const url = (device: Parameters<typeof waysTo>[1], app: string) => new URL(waysTo(SHENZHEN, device).find((way) => way.app === app)!.url);

describe("the way to a terminal", () => {
  test("AMap gets GCJ-02, some hundred metres from WGS-84", () => {
    const [lon, lat, name] = url("android", "amap").searchParams.get("to")!.split(",");
    expect(Number(lon)).toBeCloseTo(114.06296, 3);
    expect(Number(lat)).toBeCloseTo(22.54013, 3);
    expect(name).toBe("福田柜  A 1");
  });

  test("Baidu gets its own coordinates", () => {
    const [, lat, lon] = /latlng:([\d.]+),([\d.]+)/.exec(url("android", "baidu").searchParams.get("destination")!)!;
    expect(Number(lat)).toBeCloseTo(22.546, 2);
    expect(Number(lon)).toBeCloseTo(114.0695, 3);
  });

  test("geo: stays WGS-84, and only Android is given it", () => {
    expect(url("android", "geo").href).toContain("geo:22.5431,114.0579?q=22.5431,114.0579");
    expect(waysTo(SHENZHEN, "ios").map((way) => way.app)).toEqual(["amap", "apple", "baidu", "tencent"]);
  });

  test("outside of China nothing is moved", () => {
    const [way] = waysTo({ lat: 48.85, lon: 2.35, name: "Paris" }, "ios");
    expect(new URL(way!.url).searchParams.get("to")).toBe("2.35,48.85,Paris");
  });

  test.each([
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0)", 5, "ios"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)", 5, "ios"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)", 0, "other"],
    ["Mozilla/5.0 (Linux; Android 14)", 5, "android"],
  ])("%s with %d fingers is %s", (agent, fingers, device) => expect(deviceOf(agent, fingers)).toBe(device));
});
