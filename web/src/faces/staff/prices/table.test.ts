import { describe, expect, it } from "vitest";
import type { PriceListView } from "@/api/types";
import { bodyOf, cellsOf, differences, fenOf, formOf, localField, nextMidnight, percentOf, typed, unreadable, isElsewhere } from "./table";

const list = (more: Partial<PriceListView> = {}): PriceListView => ({
  version: 3,
  state: "in_force",
  prices_fen: cellsOf((size, zone) => 800 + size.charCodeAt(0) + zone.length),
  pays_fen: cellsOf(() => 700),
  fee_percent: 10,
  from_at: null,
  reason: "",
  by: null,
  at: null,
  withdrawn: null,
  ...more,
});

describe("sums as they are typed", () => {
  it.each([["8", 800], ["8.5", 850], ["8.05", 805], [" 8.50 ", 850], ["¥8", 800], ["８．５", 850], ["8元", 800], ["0", 0], ["1000.00", 100_000]])("reads %s", (text, fen) => {
    expect(fenOf(text)).toBe(fen);
  });
  it.each(["", " ", "8,5", "8.555", "-8", "1e3", "八", "8.", ".5", "NaN", "12345678"])("does not read %s", (text) => {
    expect(fenOf(text)).toBeNull();
  });
  it("reads what it writes", () => {
    for (const fen of [0, 1, 99, 100, 805, 1990, 100_000]) expect(fenOf(typed(fen))).toBe(fen);
  });
  it("reads whole percents only", () => {
    expect([percentOf("10"), percentOf("10%"), percentOf(" 0 "), percentOf("10.5"), percentOf(""), percentOf("-1")]).toEqual([10, 10, 0, null, null, null]);
  });
});

describe("a form", () => {
  it("begins as the list it is made of, and asks for the same", () => {
    const form = formOf(list(), 5);
    expect(form.version).toBe(5);
    expect(unreadable(form)).toEqual([]);
    expect(bodyOf(form)).toEqual({ prices_fen: list().prices_fen, fee_percent: 10, from_at: null });
  });
  it("names what cannot be read as the server would", () => {
    const form = formOf(list(), 5);
    form.cells.M.other = "十二";
    form.fee = "a lot";
    form.later = true;
    expect(unreadable(form)).toEqual(["prices_fen.M.other", "fee_percent", "from_at"]);
  });
  it("tells its instant whatever the zone of this machine is", () => {
    const form = { ...formOf(list(), 5), later: true, at: "2026-12-01T08:30" };
    expect(bodyOf(form).from_at).toBe(new Date(2026, 11, 1, 8, 30).toISOString());
  });
});

it("names what differs between two lists", () => {
  const other = list({ fee_percent: 12, prices_fen: { ...list().prices_fen, S: { ...list().prices_fen["S"], other: 990 } } });
  expect(differences(list(), other)).toEqual([
    { size: "S", zone: "other", before: 888, after: 990 },
    { size: "", zone: "", before: 10, after: 12 },
  ]);
  expect(differences(other, other)).toEqual([]);
});

it("offers the midnight that comes, over the ends of months", () => {
  expect(nextMidnight(new Date(2026, 11, 31, 23, 59).getTime())).toBe("2027-01-01T00:00");
  expect(localField(new Date(2026, 0, 5, 3, 7))).toBe("2026-01-05T03:07");
});

it("tries again what was refused for nothing that stands in the form: no link, a busy server", () => {
  expect([null, "", "version"].map(isElsewhere)).toEqual([true, true, true]);
  expect(["prices_fen.S.other", "fee_percent", "from_at"].map(isElsewhere)).toEqual([false, false, false]);
});
