import { expect, it } from "vitest";
import { choicesFrom, wanted } from "./acts";

it("offers what each state allows, and reinstating asks for certified", () => {
  expect(choicesFrom("certified")).toEqual(["suspended", "none"]);
  expect(choicesFrom("suspended").map(wanted)).toEqual(["certified", "none"]);
  expect(choicesFrom("unheard of")).toEqual([]);
});
