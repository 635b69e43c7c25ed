import { expect, it } from "vitest";
import { nameOf, yesterday } from "./sheets";

it("knows the day before in China", () => {
  expect(yesterday(Date.parse("2026-11-22T15:59:59Z"))).toBe("2026-11-21");
  expect(yesterday(Date.parse("2026-11-22T16:00:00Z"))).toBe("2026-11-22");
});

it("names files", () => expect(nameOf("ledger", "2026-11-21")).toBe("lanjian-ledger-2026-11-21.csv"));
