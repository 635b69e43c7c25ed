import { describe, expect, it } from "vitest";
import { addMonths, byDay, dayInChina, fullness, monthOf, newly, sheetFrom, stateOf, weekdayOf, weeksOf, addDays } from "./months";

const told = (day: string, booked = 0, slots = 4) => ({ day, spans: [], reason: null, slots, places: slots * 2, booked });

describe("a month's sheet", () => {
  it("begins on a Monday and has all days of the month", () => {
    expect(sheetFrom("2026-10")).toEqual({ first: "2026-09-28", days: 42 });
    expect(sheetFrom("2026-06").first).toBe("2026-06-01");
    expect([weekdayOf("2026-10-01"), weekdayOf("2026-10-04")]).toEqual([3, 6]);
    expect(monthOf("2026-10-01")).toBe("2026-10");
  });

  it("turns over years", () => {
    expect([addMonths("2026-12", 1), addMonths("2026-01", -1)]).toEqual(["2027-01", "2025-12"]);
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
  });

  it("leaves out a last week of another month", () => {
    const { first, days } = sheetFrom("2026-02");
    const all = Array.from({ length: days }, (_, at) => told(addDays(first, at)));
    expect(weeksOf(all, "2026-02")).toHaveLength(5);
    expect(weeksOf(all, "2026-02").at(-1)?.[0]?.day).toBe("2026-02-23");
  });
});

describe("a day", () => {
  it("is over, closed, full, open, or too far ahead", () => {
    const state = (day: string, booked = 0, slots = 4) => stateOf(told(day, booked, slots), "2026-10-10", "2026-11-09");
    expect([state("2026-10-09"), state("2026-10-10", 0, 0), state("2026-10-10", 8), state("2026-10-10", 7), state("2026-11-10")]).toEqual(["past", "closed", "full", "open", "later"]);
  });

  it("shows how full it is, a closed day with bookings as full", () => {
    expect([fullness(told("x", 2)), fullness(told("x", 0, 0)), fullness(told("x", 1, 0)), fullness(told("x", 99))]).toEqual([0.25, 0, 1, 1]);
  });

  it("is China's", () => {
    expect(dayInChina("2026-09-30T16:00:00Z")).toBe("2026-10-01");
    expect([...byDay([{ starts_at: "2026-09-30T16:00:00Z" }, { starts_at: "2026-10-01T01:00:00Z" }])]).toEqual([["2026-10-01", 2]]);
  });
});

it("only bookings that are not outside already are news", () => {
  expect(newly([{ booking_id: "A" }, { booking_id: "B" }], [{ booking_id: "A" }])).toEqual([{ booking_id: "B" }]);
});
