import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { differences, emptyBlock, formField, inForm, moved, toBlock, toBody } from "./blocks";

const heading = (text: string) => ({ kind: "heading" as const, text });

describe("blocks", () => {
  it("keep of each kind its own parts only", () => {
    const list = { ...emptyBlock("list"), text: "left over", lines: " 身份证 \n\n行驶证" };
    expect(toBody(list)).toEqual({ kind: "list", items: ["身份证", "行驶证"] });
    expect(toBody(toBlock({ kind: "picture", text: "车间", picture: "ab" }))).toEqual({ kind: "picture", text: "车间", picture: "ab" });
    expect(toBody({ ...emptyBlock("paragraph"), picture: "ab" })).toEqual({ kind: "paragraph", text: "" });
  });

  it("move within the page", () => {
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
    expect(moved(["a", "b"], 1, 1)).toEqual(["a", "b"]);
  });

  it("name the form's field of a refusal, and a list's item", () => {
    expect(formField("blocks[3].text")).toEqual({ field: "3.text", item: null });
    expect(formField("blocks[0].items[2]")).toEqual({ field: "0.lines", item: 3 });
    expect(formField("blocks[1]")).toEqual({ field: "1.text", item: null });
    expect(formField("base")).toEqual({ field: "base", item: null });
    const told = inForm(new ApiError({ code: "invalid_input", field: "blocks[0].items[2]", rule: "length" })) as ApiError;
    expect([told.field, told.rule, told.details["item"]]).toEqual(["0.lines", "length", 3]);
  });
});

describe("two versions", () => {
  const signs = (before: string[], after: string[]) =>
    differences(before.map(heading), after.map(heading)).map(({ sign, block }) => `${sign[0]}${block.text}`);

  it("differ in what was added, removed and moved", () => {
    expect(signs(["a", "b", "c"], ["a", "x", "c"])).toEqual(["sa", "rb", "ax", "sc"]);
    expect(signs(["a", "b"], ["b", "a"])).toEqual(["ra", "sb", "aa"]);
    expect(signs([], ["a"])).toEqual(["aa"]);
    expect(signs(["a"], [])).toEqual(["ra"]);
  });

  it("are the same where only empty parts are written out", () => {
    expect(differences([{ kind: "heading", text: "a", items: [], picture: "" }], [heading("a")]).map(({ sign }) => sign)).toEqual(["same"]);
  });
});
