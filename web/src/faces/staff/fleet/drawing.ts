// A cabinet's doors as they lie: columns from the left, places from the top; without a layout a
// plain grid by size. And what a door is to be shown as. Pure.

import type { CabinetLayout, CellPlace, CellView } from "@/api/types";

/** What a cell has to tell to be drawn: `CellView` does, and so does a moment of a replay. */
export type DrawnCell = Pick<CellView, "cell" | "state" | "door" | "stale"> &
  Partial<Pick<CellView, "size" | "door_at" | "stale_at" | "order_id" | "held_until" | "faults" | "test">>;

/** One place of a column: a door, or none (the screen, a blank panel). */
export interface Spot {
  /** Tells places of a column apart. */
  row: number;
  height: number;
  place: CellPlace | null;
  /** What the server knows of it; null where its agent has a door that the server has not. */
  cell: DrawnCell | null;
}

export interface DrawnColumn {
  /** Of a plain grid: the cells' size. */
  size: string | null;
  spots: readonly Spot[];
}

export interface Drawing {
  /** Where the doors are from: the configuration, a guess by boards, or nothing but their sizes. */
  from: "drawn" | "boards" | "sizes";
  columns: readonly DrawnColumn[];
  /** Cells that the server knows and the cabinet's configuration does not. */
  elsewhere: readonly DrawnCell[];
}

const SIZES = ["S", "M", "L"];
const HEIGHT: Record<string, number> = { S: 1, M: 1.5, L: 2 };
/** Doors one above the other in a plain grid. */
const ROWS = 8;

/** Lay the doors out. */
export function draw(layout: CabinetLayout | null, cells: readonly DrawnCell[]): Drawing {
  if (!layout || layout.cells.length === 0) return { from: "sizes", columns: bySize(cells), elsewhere: [] };
  const known = new Map(cells.map((cell) => [cell.cell, cell]));
  const placed = new Set(layout.cells.map((place) => place.cell));
  const columns = new Map<number, CellPlace[]>();
  for (const place of layout.cells) columns.set(place.column, [...(columns.get(place.column) ?? []), place]);
  return {
    from: layout.is_drawn ? "drawn" : "boards",
    columns: [...columns.keys()].sort((one, other) => one - other).map((at) => ({
      size: null,
      spots: spotsOf(columns.get(at) ?? [], known, layout.is_drawn === true),
    })),
    elsewhere: cells.filter((cell) => !placed.has(cell.cell)),
  };
}

/** A column's places from the top, with those that have no door. */
function spotsOf(places: readonly CellPlace[], known: ReadonlyMap<number, DrawnCell>, drawn: boolean): Spot[] {
  const byRow = new Map(places.map((place) => [place.row, place]));
  const last = Math.max(...byRow.keys());
  const spots: Spot[] = [];
  for (let row = 0; row <= last; row += 1) {
    const place = byRow.get(row) ?? null;
    const cell = place ? (known.get(place.cell) ?? null) : null;
    const guessed = HEIGHT[cell?.size ?? ""] ?? 1;
    spots.push({ row, height: place ? (drawn ? (place.height ?? 1) : guessed) : 1, place, cell });
  }
  return spots;
}

function bySize(cells: readonly DrawnCell[]): DrawnColumn[] {
  const sizes = [...SIZES, ...new Set(cells.map((cell) => cell.size ?? "").filter((size) => !SIZES.includes(size)))];
  return sizes.flatMap((size) => {
    const mine = cells.filter((cell) => (cell.size ?? "") === size).sort((one, other) => one.cell - other.cell);
    const columns: DrawnColumn[] = [];
    for (let at = 0; at < mine.length; at += ROWS) {
      const spots = mine.slice(at, at + ROWS).map((cell, row) => ({ row, height: HEIGHT[size] ?? 1, place: null, cell }));
      columns.push({ size: size || null, spots });
    }
    return columns;
  });
}

/** What a door looks like: what the cell is used for, and how its door stands. */
export interface Look {
  /** free, held, occupied, out_of_service, or nobody (the server does not know the cell). */
  use: string;
  /** open, closed or unknown. A door is open once it was sensed so, never before. */
  door: string;
  /** What is known of the door may be old: its board is silent, or the terminal is away. */
  old: boolean;
  /** Since when it is what it is, or nothing was heard of it. */
  since: string | null;
  /** An open was asked for and not yet sensed. */
  opening: boolean;
}

export function lookOf(cell: DrawnCell | null, { offline = false, opening = false } = {}): Look {
  if (!cell) return { use: "nobody", door: "unknown", old: true, since: null, opening };
  const old = cell.stale || offline;
  return {
    use: cell.state,
    door: cell.door,
    old,
    since: (cell.stale ? (cell.stale_at ?? cell.door_at) : cell.door_at) ?? null,
    opening: opening && cell.door !== "open",
  };
}
