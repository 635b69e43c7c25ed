import { expect, test } from "vitest";
import type { OrderView } from "@/api/types";
import { keptOrders, toKeep } from "./kept_orders";

const order = (at: number): OrderView =>
  ({ order_id: `LJ${at}`, version: 1, created_at: "2026-11-22T06:00:00Z", recipient_masked: "李* 139****7100", timeline: [{}] }) as unknown as OrderView;

test("twenty orders are kept without their recipients", () => {
  const kept = toKeep(Array.from({ length: 25 }, (_, at) => order(at)));
  expect(kept).not.toContain("李");
  expect(keptOrders(kept)).toHaveLength(20);
  expect(keptOrders(kept)[0]).toMatchObject({ order_id: "LJ0", recipient_masked: null, timeline: [] });
});

test.each([null, "", "{", "7", "null", '{"a":1}', '[null, 3, {"order_id": 1}]'])("%j is no list of orders", (kept) => {
  expect(keptOrders(kept)).toEqual([]);
});
