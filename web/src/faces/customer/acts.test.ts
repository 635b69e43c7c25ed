import { describe, expect, test } from "vitest";
import type { OrderView } from "@/api/types";
import { doorOf, isToConfirm, mayCancel, mayPay, newer, nextOf, showsCharge, stagesOf } from "./acts";

const order = (more: Partial<OrderView>): OrderView =>
  ({ order_id: "LJ1", version: 1, custody: "placed", charge: "unpaid", placement: null, timeline: [], recipient_masked: null, ...more }) as OrderView;
const placed = (opened: boolean, closed: boolean) =>
  ({ terminal_id: "T", terminal_name: "T", cell: 1, opened, closed, opens_left: 1, held_until: null });

test.each([
  ["placed", true], ["depositing", true], ["deposited", true], ["open", true],
  ["claimed", false], ["collected", false], ["returning", false], ["cancelled", false], ["done", false],
])("%s may be cancelled: %s", (custody, may) => expect(mayCancel(order({ custody }))).toBe(may));

test("only what lies in its cell unpaid is paid", () => {
  expect(mayPay(order({ custody: "deposited" }))).toBe(true);
  expect(mayPay(order({ custody: "deposited", charge: "paid" }))).toBe(false);
  expect(mayPay(order({ custody: "depositing" }))).toBe(false);
});

test("what comes next", () => {
  expect(nextOf(order({ custody: "deposited" }))).toBe("unpaid");
  expect(nextOf(order({ custody: "deposited", charge: "paid" }))).toBeNull();
  expect(nextOf(order({ custody: "returning", charge: "paid" }))).toBe("returning");
  expect(nextOf(order({ custody: "done", charge: "paid" }))).toBeNull();
});

test("nobody is told to owe anything before the deposit", () => {
  expect(showsCharge(order({ custody: "placed" }))).toBe(false);
  expect(showsCharge(order({ custody: "cancelled", charge: "refunded" }))).toBe(true);
  expect(showsCharge(order({ custody: "open", charge: "paid" }))).toBe(true);
});

describe("the door", () => {
  test("acknowledged is not opened", () => {
    const asked = { version: 2, step: "door_asked", at: "", custody: "depositing", charge: "unpaid" };
    expect(doorOf(order({ placement: placed(false, false), timeline: [asked] }))).toBe("opening");
    expect(doorOf(order({ placement: placed(false, false) }))).toBe("still");
    expect(doorOf(order({ placement: placed(true, false) }))).toBe("open");
    expect(doorOf(order({ placement: placed(true, true) }))).toBe("closed");
    expect(doorOf(order({}))).toBeNull();
  });

  test("only a closed one is asked about", () => {
    expect(isToConfirm(order({ custody: "depositing", placement: placed(true, true) }))).toBe(true);
    expect(isToConfirm(order({ custody: "depositing", placement: placed(true, false) }))).toBe(false);
    expect(isToConfirm(order({ custody: "deposited", placement: placed(true, true) }))).toBe(false);
  });
});

test("stages end where a parcel goes back", () => {
  expect(stagesOf(order({ custody: "open" }))?.at).toBe(1);
  expect(stagesOf(order({ custody: "done" }))?.at).toBe(3);
  expect(stagesOf(order({ custody: "returning" }))).toBeNull();
});

test("an older push changes nothing; a newer one keeps the timeline that was read", () => {
  const read = order({ version: 5, custody: "open", timeline: [{ version: 1, step: "placed", at: "", custody: "placed", charge: "unpaid" }], recipient_masked: "李*" });
  expect(newer(read, order({ version: 4 }))).toBe(read);
  expect(newer(read, order({ version: 6, custody: "claimed" }))).toMatchObject({ custody: "claimed", recipient_masked: "李*", timeline: read.timeline });
  expect(newer(null, read)).toBe(read);
  expect(newer(null, null)).toBeNull();
});
