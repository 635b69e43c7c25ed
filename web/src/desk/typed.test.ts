import { beforeEach, expect, test } from "vitest";
import { Kept } from "@/api/keeping";
import { keepTypedOf } from "./typed";

const tab = new Map<string, string>();
const storage = new Kept(() => ({
  get length() { return tab.size; },
  key: (at: number) => [...tab.keys()][at] ?? null,
  getItem: (name: string) => tab.get(name) ?? null,
  setItem: (name: string, value: string) => void tab.set(name, value),
  removeItem: (name: string) => void tab.delete(name),
  clear: () => tab.clear(),
}) satisfies Storage);

beforeEach(() => {
  tab.clear();
  keepTypedOf("ann", storage);
  tab.set("lanjian.draft.prices", "{}").set("lanjian.question.retire.1", "{}").set("lanjian.last", "o1");
});

test("who logs in again finds what was typed", () => {
  keepTypedOf("ann", storage);
  expect([...tab.keys()]).toContain("lanjian.draft.prices");
});

test("what a page for phones keeps under its owner's name stays", () => {
  tab.set("lanjian.draft.booking.P0123456789ABCDE", "{}");
  keepTypedOf("bo", storage);
  expect([...tab.keys()]).toContain("lanjian.draft.booking.P0123456789ABCDE");
});

test("another person does not, and keeps the rest of the tab", () => {
  keepTypedOf("bo", storage);
  expect([...tab.keys()]).toEqual(["lanjian.desk.typed_by", "lanjian.last"]);
  keepTypedOf("ann", storage);
  expect([...tab.keys()]).toEqual(["lanjian.desk.typed_by", "lanjian.last"]);
});
