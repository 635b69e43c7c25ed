import { describe, expect, it } from "vitest";
import type { SlotView } from "@/api/types";
import { byDay, counted, freeOf, shownDay } from "./slot_days";

const slot = (day: string, hour: number, free: number): SlotView => ({
  slot_id: `N1.${day}.${hour}`,
  starts_at: `${day}T${String(hour).padStart(2, "0")}:00:00+08:00`,
  ends_at: `${day}T${String(hour + 1).padStart(2, "0")}:00:00+08:00`,
  capacity: 2,
  free,
});
const slots = [slot("2026-11-23", 9, 0), slot("2026-11-24", 0, 1), slot("2026-11-24", 9, 2)];
const closed = [{ day: "2026-11-22", spans: [], reason: "盘点" }];

describe("an outlet's slots", () => {
  it("stand by China's days, closed ones among them", () => {
    const days = byDay({ slots, closed_days: closed });
    expect(days.map((one) => [one.day, one.slots.length, one.closed])).toEqual([
      ["2026-11-22", 0, "盘点"],
      ["2026-11-23", 1, null],
      ["2026-11-24", 2, null],
    ]);
    expect(freeOf(days[2]!)).toBe(3);
  });

  it("show the first day with a place, or the one that was chosen", () => {
    const days = byDay({ slots, closed_days: closed });
    expect(shownDay(days, "")).toBe("2026-11-24");
    expect(shownDay(days, "2026-11-23")).toBe("2026-11-23");
    expect(shownDay(days, "2026-12-31")).toBe("2026-11-24");
    expect(shownDay(byDay({ slots: [], closed_days: closed }), "")).toBe("2026-11-22");
    expect(shownDay([], "")).toBe("");
  });

  it("take counts that came, and leave the others", () => {
    const counts = new Map([["N1.2026-11-23.9", { free: 2, capacity: 3 }], ["N9", { free: 1, capacity: 1 }]]);
    const after = counted(slots, counts);
    expect(after.map((one) => [one.free, one.capacity])).toEqual([[2, 3], [1, 2], [2, 2]]);
    expect(after[1]).toBe(slots[1]);
  });
});
