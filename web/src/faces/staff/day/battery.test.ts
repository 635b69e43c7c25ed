import { describe, expect, it } from "vitest";
import type { BatteryView } from "@/api/types";
import { bodyOf, draftOf, localTime, lostWith, missing, scannedCode } from "./battery";

const KEPT: BatteryView = {
  version: 2, model: "NCM811", code: "08BPE1", count: 2, weight_grams: 438_500, condition: "dented", note: "",
  photos: ["F1"], by: "P1", at: "2026-11-22T01:00:00Z", handed_to: "李四", handed_at: "2026-11-22T16:30:20Z",
};

describe("a record", () => {
  it("goes into the form and back as it was, to the minute", () => {
    const draft = draftOf(KEPT);
    expect(draft).toMatchObject({ kilograms: "438.5", handedAt: "2026-11-23T00:30", from: 2 });
    expect(bodyOf(draft, 2, "李四")).toEqual({
      version: 2, model: "NCM811", code: "08BPE1", count: 2, weight_grams: 438_500, condition: "dented", note: "",
      photos: ["F1"], handed_to: "李四", handed_at: "2026-11-23T00:30:00+08:00",
    });
  });

  it("has no hand-over unless it was handed over", () => {
    expect(bodyOf({ ...draftOf(KEPT), handedAt: "" }, 2, " ")).not.toHaveProperty("handed_to");
  });

  it("names what is missing", () => {
    expect(missing(draftOf(undefined), "")).toEqual(["model", "code", "weight_grams"]);
    expect(missing({ ...draftOf(KEPT), handedAt: "" }, "李四")).toEqual(["handed_at"]);
    expect(missing(draftOf(KEPT), "")).toEqual(["handed_to"]);
  });

  it("gives the server what is no number to refuse", () => {
    const body = bodyOf({ ...draftOf(KEPT), count: "x", kilograms: "0.0004" }, 2, "李四");
    expect([body.count, body.weight_grams]).toEqual([0, 0]);
  });
});

it.each([
  ["CODE_128,08bpe1 a00123", "08BPE1A00123"],
  ["08BPE1A00123ABC5D0000017", "08BPE1A00123ABC5D0000017"],
  ["https://example.com/", null],
  ["电池", null],
])("reads %s off a battery", (text, code) => expect(scannedCode(text)).toBe(code));

it("gives China's time of an instant", () => expect(localTime("2026-11-22T16:00:59Z")).toBe("2026-11-23T00:00"));

it("names what goes with a form that is closed: photos not sent, a name that was typed", () => {
  expect(lostWith(0, "", "")).toEqual([]);
  expect(lostWith(2, " 回收公司 ", "回收公司")).toEqual(["photos"]);
  expect(lostWith(1, "别的公司", "回收公司")).toEqual(["photos", "handed_to"]);
});
