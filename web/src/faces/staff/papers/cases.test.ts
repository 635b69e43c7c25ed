import { describe, expect, it } from "vitest";
import type { FindingView, PapersCase, PapersWaiting } from "@/api/types";
import { failing, kindsOf, linesOf, linkPath, photoName, reasonText, unseenOf, urgency } from "./cases";

const finding = (field: string, weight: string): FindingView => ({ kind: "id_card", field, rule: "r", weight, zh: "", en: "" });

const SEEN = {
  booking: { booking_id: "B1" }, name: "王小明", plate: "粤BD12345",
  papers: {
    sheets: [
      { kind: "vehicle_licence", photo_id: "F2", read: { plate: "粤BD12345" }, corrected: null },
      { kind: "id_card", photo_id: "F1", read: { name: "王小朋", sex: "男" }, corrected: { name: "王小民" } },
    ],
    findings: [finding("number", "warn"), finding("name", "fail")],
  },
} as unknown as PapersCase;

describe("a case", () => {
  it("names its photos and where their links are asked for", () => {
    expect(kindsOf(SEEN)).toEqual(["id_card", "vehicle_licence"]);
    expect(photoName(SEEN, "id_card")).toBe("B1/id_card/F1");
    expect(linkPath("B1/id_card/F1")).toBe("/v1/staff/papers/B1/id_card/link");
  });

  it("shows what was read, what its owner made of it, and where the form differs", () => {
    expect(linesOf(SEEN, "id_card").map(({ name, read, value, changed, differs }) => [name, read, value, changed, differs])).toEqual([
      ["name", "王小朋", "王小民", true, true],
      ["sex", "男", "男", false, false],
      ["number", "", "", false, false],
    ]);
    expect(linesOf(SEEN, "vehicle_licence").map((one) => one.differs)).toEqual([false]);
  });

  it("counts what fails, and not what only warns", () => {
    expect([failing(SEEN), failing(SEEN, "id_card"), failing(SEEN, "vehicle_licence")]).toEqual([1, 1, 0]);
  });
});

it.each([
  ["checked_in", "2026-11-22T00:00:00Z", "here"],
  ["booked", "2026-11-22T00:00:00Z", "late"],
  ["booked", "2026-11-22T05:00:00Z", "soon"],
  ["booked", "2026-11-23T05:00:00Z", "fine"],
])("of a booking that is %s until %s is %s", (state, until, how) => {
  const waits = { booking: { state }, decide_until: until } as PapersWaiting;
  expect(urgency(waits, Date.parse("2026-11-22T04:00:00Z"))).toBe(how);
});

it("writes reasons of ours in both languages, others as they are", () => {
  expect(reasonText(["照片不清晰", "unclear"], " 反光 ")).toBe("照片不清晰（unclear）：反光");
  expect(reasonText(["照片不清晰", "unclear"], "")).toBe("照片不清晰（unclear）");
  expect(reasonText(null, " 请重拍 ")).toBe("请重拍");
});

it("has photos that nobody saw until they were shown; another photo is to be seen anew", () => {
  expect(unseenOf(SEEN, new Set())).toEqual(["id_card", "vehicle_licence"]);
  expect(unseenOf(SEEN, new Set(["B1/id_card/F1"]))).toEqual(["vehicle_licence"]);
  expect(unseenOf(SEEN, new Set(["B1/id_card/F0", "B1/vehicle_licence/F2"]))).toEqual(["id_card"]);
});
