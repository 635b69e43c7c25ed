import { describe, expect, it } from "vitest";
import type { CabinetLayout } from "@/api/types";
import { draw, type DrawnCell, lookOf } from "./drawing";

const cell = (number: number, more: Partial<DrawnCell> = {}): DrawnCell => ({
  cell: number, size: "S", state: "free", door: "closed", stale: false, ...more,
});
const place = (number: number, column: number, row: number, more = {}) => ({
  cell: number, column, row, port: 0, board: 1, channel: number, ...more,
});
const LAYOUT: CabinetLayout = {
  ports: [],
  cells: [place(1, 1, 0), place(7, 0, 2), place(3, 0, 0, { height: 2 }), place(9, 1, 1)],
  is_drawn: true,
};

describe("a drawn cabinet", () => {
  const drawing = draw(LAYOUT, [cell(1), cell(3), cell(7), cell(50)]);
  it("has its columns from the left and its doors from the top, with places that have none", () => {
    expect(drawing.from).toBe("drawn");
    expect(drawing.columns.map(({ spots }) => spots.map((spot) => spot.place?.cell ?? null))).toEqual([[3, null, 7], [1, 9]]);
    expect(drawing.columns[0]?.spots[0]?.height).toBe(2);
  });
  it("tells doors that only one of both knows", () => {
    expect(drawing.columns[1]?.spots[1]?.cell).toBeNull();
    expect(drawing.elsewhere.map((one) => one.cell)).toEqual([50]);
  });
});

it("takes heights from sizes where the place is a guess", () => {
  const { from, columns } = draw({ ...LAYOUT, is_drawn: false }, [cell(3, { size: "L" }), cell(7)]);
  expect(from).toBe("boards");
  expect(columns[0]?.spots.map((spot) => spot.height)).toEqual([2, 1, 1]);
});

it("puts cells by size while nothing is known of the cabinet", () => {
  const cells = [...Array(10).keys()].map((at) => cell(at + 1)).concat(cell(11, { size: "L" }), cell(12, { size: "XL" }));
  for (const layout of [null, { ports: [], cells: [] }]) {
    const { from, columns } = draw(layout, cells);
    expect(from).toBe("sizes");
    expect(columns.map(({ size, spots }) => [size, spots.length])).toEqual([["S", 8], ["S", 2], ["L", 1], ["XL", 1]]);
  }
});

describe("a door", () => {
  it("is open only once it was sensed", () => {
    expect(lookOf(cell(1), { opening: true })).toMatchObject({ door: "closed", opening: true });
    expect(lookOf(cell(1, { door: "open" }), { opening: true })).toMatchObject({ door: "open", opening: false });
  });
  it("is old when its board is silent or its terminal away, since when", () => {
    const silent = cell(1, { stale: true, stale_at: "2026-05-01T04:00:00Z", door_at: "2026-05-01T03:00:00Z" });
    expect(lookOf(silent)).toMatchObject({ old: true, since: "2026-05-01T04:00:00Z" });
    expect(lookOf(cell(1, { door_at: "2026-05-01T03:00:00Z" }), { offline: true })).toMatchObject({ old: true, since: "2026-05-01T03:00:00Z" });
    expect(lookOf(null)).toMatchObject({ use: "nobody", door: "unknown", old: true });
  });
});
