import { describe, expect, it } from "vitest";
import type { DoorAt, DoorMoment } from "@/api/types";
import { doorsAfter, happened, stepped } from "./replaying";

const moment = (minute: number, cell: number, door: string): DoorMoment =>
  ({ at: `2026-11-22T12:${String(minute).padStart(2, "0")}:00Z`, told_at: "", cell, kind: "sensed_open", door, order_id: `LJ${minute}`, purpose: null, by: null });
const DOORS: DoorAt[] = [{ cell: 1, size: "S", door: "closed" }, { cell: 2, size: "M", door: "unknown" }];
const MOMENTS = [moment(1, 1, "open"), moment(2, 1, "closed"), moment(2, 2, "open"), moment(5, 9, "open")];

describe("a terminal's doors at an instant", () => {
  it("are those of all that had happened", () => {
    const at = (minute: number): number => happened(MOMENTS, Date.parse(`2026-11-22T12:0${minute}:00Z`));
    expect([0, 1, 2, 4, 5].map(at)).toEqual([0, 1, 3, 3, 4]);
    expect(happened([], 0)).toBe(0);
  });

  it("stand as their last moment says, else as they stood at the beginning", () => {
    const doors = (count: number): string[] => doorsAfter(DOORS, MOMENTS, count).map(({ cell, door }) => `${cell} ${door}`);
    expect(doors(0)).toEqual(["1 closed", "2 unknown"]);
    expect(doors(1)).toEqual(["1 open", "2 unknown"]);
    expect(doors(4)).toEqual(["1 closed", "2 open", "9 open"]);
    expect(doorsAfter(DOORS, MOMENTS, 3).filter((one) => one.just).map((one) => one.cell)).toEqual([2]);
  });

  it("are stepped through to the ends and no further", () => {
    expect([stepped("ArrowLeft", 0, 4), stepped("ArrowRight", 4, 4), stepped("End", 1, 4), stepped("x", 1, 4)]).toEqual([0, 4, 4, null]);
  });
});
