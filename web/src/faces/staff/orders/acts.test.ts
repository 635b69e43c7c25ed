import { describe, expect, it } from "vitest";
import type { OrderView } from "@/api/types";
import { actsOf, fenOf } from "./acts";

const order = (fields: Partial<OrderView>): OrderView => ({ order_id: "LJ1", custody: "open", charge: "paid", offer_version: 3, placement: null, ...fields }) as OrderView;
const names = (of: OrderView, ...roles: string[]): string[] => actsOf(of, roles).map((act) => act.name);

describe("acts on an order", () => {
  it("are those of the reader's roles", () => {
    expect(names(order({}), "reviewer")).toEqual(["assign", "cancel"]);
    expect(names(order({}), "finance")).toEqual(["refund"]);
    expect(names(order({ custody: "claimed" }), "operator")).toEqual(["assign", "unassign", "cancel"]);
    expect(names(order({ custody: "done" }), "operator", "reviewer")).toEqual([]);
  });

  it("name what was looked at", () => {
    expect(actsOf(order({}), ["operator"])[0]?.body).toEqual({ offer_version: 3, held_by: "" });
    const waits = order({ custody: "claimed", waits_for_terminal: true, grant_id: "C1" });
    expect(actsOf(waits, ["operator"]).at(-1)?.body).toEqual({ grant_id: "C1" });
  });
});

describe("an amount in yuan", () => {
  it("is fen, or nothing", () => {
    expect([fenOf("12"), fenOf("0.5"), fenOf(" 3.07 "), fenOf("")]).toEqual([1200, 50, 307, undefined]);
    expect([fenOf("0"), fenOf("1.234"), fenOf("-1"), fenOf("1e3"), fenOf("一")]).toEqual([null, null, null, null, null]);
  });
});
