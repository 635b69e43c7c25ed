import { expect, test } from "vitest";
import type { OrderView } from "@/api/types";
import { OrderBook } from "./order_book";

const order = (order_id: string, version: number, more: Partial<OrderView> = {}): OrderView =>
  ({ order_id, version, custody: "claimed", created_at: "2026-11-22T06:00:00Z", recipient_masked: null, ...more }) as OrderView;

test("the newest version of an order wins, in whatever order they come", () => {
  const book = new OrderBook();
  expect(book.apply(order("A", 3))).toBe(true);
  expect(book.apply(order("A", 2))).toBe(false);
  expect(book.apply(order("A", 3))).toBe(false);
  expect(book.get("A")?.version).toBe(3);
});

test("a push without a recipient keeps the one that is known, until the order is done", () => {
  const book = new OrderBook();
  book.apply(order("A", 1));
  expect(book.apply(order("A", 1, { recipient_masked: "李*" }))).toBe(true);
  book.apply(order("A", 2));
  expect(book.get("A")?.recipient_masked).toBe("李*");
  book.apply(order("A", 3, { custody: "done" }));
  expect(book.get("A")?.recipient_masked).toBeNull();
});

test("what is not wanted any more goes", () => {
  const book = new OrderBook((one) => one.custody !== "open");
  book.apply(order("A", 1));
  book.apply(order("A", 2, { custody: "open" }));
  expect(book.list()).toEqual([]);
});

test("a snapshot replaces all but what is newer here", () => {
  const book = new OrderBook();
  book.add([order("A", 5), order("B", 1)]);
  book.replace([order("A", 4), order("C", 1, { created_at: "2026-11-22T07:00:00Z" })]);
  expect(book.list().map((one) => `${one.order_id}${one.version}`)).toEqual(["C1", "A5"]);
});
