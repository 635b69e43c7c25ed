import { describe, expect, it } from "vitest";
import { plainPlate, wrongFields } from "./form_rules";

const good = { name: "示例车主", phone: "13800000001", plate: "粤B·D12345", vehicle: "" };

describe("the form", () => {
  it("takes what the server takes", () => {
    expect(wrongFields(good)).toEqual([]);
    expect(wrongFields({ ...good, name: "阿依古丽·买买提", phone: "+86 138-0000-0001" })).toEqual([]);
    expect(wrongFields({ ...good, name: "Ann O'Neill", phone: "１３８００００００01" })).toEqual([]);
    expect(wrongFields({ ...good, plate: "粤ＢＤ12345" })).toEqual([]);
    expect(wrongFields({ ...good, plate: "粤Z1234港" })).toEqual([]);
  });

  it("names each wrong field, in order", () => {
    expect(wrongFields({ name: "", phone: "", plate: "", vehicle: "" })).toEqual(["name", "phone", "plate"]);
    expect(wrongFields({ ...good, name: "李" })).toEqual(["name"]);
    expect(wrongFields({ ...good, name: "<b>名</b>" })).toEqual(["name"]);
    expect(wrongFields({ ...good, phone: "1380000" })).toEqual(["phone"]);
    expect(wrongFields({ ...good, phone: "12800000001" })).toEqual(["phone"]);
    expect(wrongFields({ ...good, plate: "BD12345" })).toEqual(["plate"]);
    expect(wrongFields({ ...good, plate: "粤B123" })).toEqual(["plate"]);
  });

  it("asks for no plate of one's own vehicle", () => {
    expect(wrongFields({ ...good, plate: "", vehicle: "V1" })).toEqual([]);
  });

  it("compares plates in one form", () => {
    expect(plainPlate(" 粤b·d-123 45 ")).toBe("粤BD12345");
  });
});
