import { describe, expect, it } from "vitest";
import { fieldsOf, isBeingRead, type PapersView, sheetOf, suggested, wholeFindings } from "./papers";

const view: PapersView = {
  booking_id: "B1",
  version: 3,
  papers: "pending",
  consent_version: "2026-11",
  sheets: [
    { kind: "id_card", photo_id: "P1", state: "read", version: 2, read: { name: "示例", sex: "男" }, corrected: { name: "示例车主" } },
    { kind: "vehicle_licence", photo_id: "P2", state: "reading", version: 1 },
  ],
  findings: [
    { kind: "id_card", field: "number", rule: "required", weight: "fail", zh: "没有读到", en: "not read" },
    { kind: "id_card", field: "photo", rule: "both_papers", weight: "fail", zh: "同一张", en: "the same" },
    { kind: "vehicle_licence", field: "address", rule: "x", weight: "warn", zh: "住址", en: "address" },
  ],
};

describe("a paper", () => {
  it("shows what counts, and keeps what was read in sight", () => {
    const [name, sex] = fieldsOf(view, "id_card");
    expect(name).toMatchObject({ value: "示例车主", read: "示例", changed: true });
    expect(sex).toMatchObject({ value: "男", read: "男", changed: false });
    expect(fieldsOf(view, "vehicle_licence").map((one) => one.value).join("")).toBe("");
  });

  it("has what is wrong beside its field, and the rest with the photo", () => {
    expect(fieldsOf(view, "id_card").find((one) => one.name === "number")?.findings[0]?.zh).toBe("没有读到");
    expect(fieldsOf(view, "id_card").find((one) => one.name === "address")?.findings).toEqual([]);
    expect(wholeFindings(view, "id_card").map((one) => one.rule)).toEqual(["both_papers"]);
  });

  it("suggests the name and the plate, unless they are masked", () => {
    expect(suggested(view, "id_card")).toBe("示例车主");
    expect(suggested(view, "vehicle_licence")).toBe("");
    expect(suggested(null, "id_card")).toBe("");
    const masked = { ...view, sheets: [{ ...view.sheets![0]!, masked: true }] };
    expect(suggested(masked, "id_card")).toBe("");
  });

  it("is being read for a while", () => {
    expect(isBeingRead(sheetOf(view, "vehicle_licence"))).toBe(true);
    expect(isBeingRead(sheetOf(view, "id_card"))).toBe(false);
    expect(isBeingRead(null)).toBe(false);
  });
});
