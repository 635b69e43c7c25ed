import { beforeEach, expect, test } from "vitest";
import { Kept } from "./keeping";
import { forgetTold, forgetTyped, ownDraft, ownKey, typedBy } from "./own";

const kept = (): Kept =>
  new Kept(() => {
    throw new DOMException("no", "SecurityError"); // what it holds by itself is enough here
  });

let device: Kept, tab: Kept;

beforeEach(() => {
  [device, tab] = [kept(), kept()];
  for (const person of ["P1", "P11"]) {
    device.setItem(`lanjian.draft.${ownDraft("waybill", person)}`, "{}");
    device.setItem(`lanjian.draft.${ownDraft("complaint.LJ1", person)}`, "{}");
    device.setItem(`lanjian.draft.${ownDraft("complaint.LJ2", person)}`, "{}");
    tab.setItem(`lanjian.draft.${ownDraft("booking", person)}`, "{}");
    device.setItem(ownKey("claims", person), "[]");
    device.setItem(ownKey("duty", person), "on");
    device.setItem(ownKey("place.typed", person), "22.5,114.0");
  }
  device.setItem("lanjian.language", "en");
});

test("what somebody typed is named once a kind, and another's is not", () => {
  expect(typedBy("P1", [device, tab])).toEqual(["waybill", "complaint", "booking"]);
  expect(typedBy("P2", [device, tab])).toEqual([]);
});

test("all of one account goes, and nothing else", () => {
  forgetTold("P1", device);
  forgetTyped("P1", [device, tab]);
  expect(typedBy("P1", [device, tab])).toEqual([]);
  expect(device.names().filter((name) => name.endsWith(".P1"))).toEqual([]);
  expect(typedBy("P11", [device, tab])).toHaveLength(3);
  expect(device.getItem("lanjian.duty.P11")).toBe("on");
  expect([device.getItem(ownKey("claims", "P11")), device.getItem("lanjian.language")]).toEqual(["[]", "en"]);
});
