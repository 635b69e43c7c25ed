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

test("a list that was asked for before a win does not take it away", () => {
  const book = new OrderBook();
  book.replace([order("A", 1)]);
  const question = book.ask();
  book.apply(order("B", 2)); // won meanwhile
  book.replace([order("A", 1)], question);
  expect(book.list().map((one) => one.order_id).sort()).toEqual(["A", "B"]);
  book.replace([order("A", 1)]);
  expect(book.list().map((one) => one.order_id)).toEqual(["A"]);
});

test("a list that was asked for before a hand-back does not bring it again", () => {
  const book = new OrderBook((one) => one.custody !== "open");
  book.apply(order("A", 1));
  const question = book.ask();
  book.apply(order("A", 2, { custody: "open" }));
  book.replace([order("A", 1)], question);
  expect(book.list()).toEqual([]);
  expect(book.apply(order("A", 1))).toBe(false);
});

test("the answer to an older question changes nothing after the newer one's", () => {
  const book = new OrderBook();
  const [first, second] = [book.ask(), book.ask()];
  book.replace([order("B", 1)], second);
  book.replace([order("A", 1)], first);
  expect(book.list().map((one) => one.order_id)).toEqual(["B"]);
});
