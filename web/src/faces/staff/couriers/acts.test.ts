import { expect, it } from "vitest";
import type { PersonView } from "@/api/types";
import { choicesFrom, matching, wanted } from "./acts";

const person = (person_id: string, masked_phone: string) => ({ person_id, masked_phone, roles: [], certification: "none", active_orders: 0 }) as PersonView;
const two = [person("PAB", "138****0001"), person("PCD", "139****0002")];

it("finds by the phone's ends and by id, whatever the case", () => {
  expect(matching(two, " 0002").map((one) => one.person_id)).toEqual(["PCD"]);
  expect(matching(two, "pab").map((one) => one.person_id)).toEqual(["PAB"]);
  expect(matching(two, "  ")).toHaveLength(2);
  expect(matching(two, "xyz")).toEqual([]);
});

it("offers what each state allows, and reinstating asks for certified", () => {
  expect(choicesFrom("certified")).toEqual(["suspended", "none"]);
  expect(choicesFrom("suspended").map(wanted)).toEqual(["certified", "none"]);
  expect(choicesFrom("unheard of")).toEqual([]);
});
