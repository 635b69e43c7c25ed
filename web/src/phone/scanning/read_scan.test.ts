import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { askWhat, likeliest, readScan } from "./read_scan";

const { base_url: base, cases } = JSON.parse(
  readFileSync(new URL("../../../../tests/scan_cases.json", import.meta.url), "utf8"),
) as { base_url: string; cases: [string, unknown][] };

describe("readScan", () => {
  it.each(cases)("reads %j as the server does", (text, told) => {
    expect(readScan(text, base)).toEqual(told);
  });
});

describe("likeliest", () => {
  const kiosk = `${base}/v/T-1.1.abc`;

  it("takes the label's bar code before its QR", () => {
    expect(likeliest(["YT1234567890123", "CODE_128,SF1234567890123"], ["waybill", "kiosk"], base)).toBe("CODE_128,SF1234567890123");
  });

  it("takes what is wanted first, and what is nothing for us last", () => {
    expect(likeliest(["https://other.example/", "SF1234567890123", kiosk], ["kiosk"], base)).toBe(kiosk);
    expect(likeliest([kiosk, "SF1234567890123"], ["waybill", "kiosk"], base)).toBe("SF1234567890123");
    expect(likeliest([], ["kiosk"], base)).toBeNull();
  });
});

describe("askWhat", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("sends nowhere what cannot be ours, and asks the server about the rest", async () => {
    const asked: string[] = [];
    vi.stubGlobal("location", { origin: base });
    vi.stubGlobal("fetch", async (_path: string, { body }: { body: string }) => {
      asked.push(JSON.parse(body).text);
      return new Response(JSON.stringify({ kind: "waybill", code: null, number: "SF1234567890123", is_link: false }));
    });
    expect(await askWhat("134567890123456789")).toEqual({ kind: "other", is_link: false });
    expect(await askWhat("CODE_128,sf1234567890123")).toEqual({ kind: "waybill", number: "SF1234567890123" });
    expect(asked).toEqual(["CODE_128,sf1234567890123"]);
  });

  it("says it by our own copy where no server is reached", async () => {
    vi.stubGlobal("location", { origin: base });
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("no network")));
    expect(await askWhat(`${base}/v/T-1.1.abc`)).toEqual({ kind: "kiosk", code: "T-1.1.abc" });
  });
});
