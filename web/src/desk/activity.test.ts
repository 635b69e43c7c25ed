import { describe, expect, it } from "vitest";
import type { OrderView, PushEvent } from "@/api/types";
import { fromSnapshot, withEvent } from "./activity";

const order = (order_id: string, updated_at: string) => ({ order_id, updated_at, custody: "open" }) as OrderView;
const changed = (id: string): PushEvent => ({ type: "order_changed", order: order(id, "2026-11-22T10:00:00Z"), step: "claimed" });
const fact = (kind: string): PushEvent => ({ type: "fact", key: "k", kind, data: {} });

describe("activity", () => {
  it("has the newest first, and no more than a bound", () => {
    let known = fromSnapshot({ orders: [order("A", "2026-11-22T09:00:00Z"), order("B", "2026-11-22T09:30:00Z")] });
    expect(known.map((one) => one.order)).toEqual(["B", "A"]);
    for (let count = 0; count < 100; count++) known = withEvent(known, changed(`LJ${count}`), "");
    expect(known).toHaveLength(40);
    expect(known[0]).toMatchObject({ order: "LJ99", table: "step", code: "claimed" });
  });

  it("leaves doors and positions out, and says a fact that repeats once", () => {
    expect(withEvent([], fact("door"), "now")).toEqual([]);
    const twice = withEvent(withEvent([], fact("alert"), "1"), fact("alert"), "2");
    expect(twice).toEqual([{ at: "2", table: "fact", code: "alert" }]);
  });
});
