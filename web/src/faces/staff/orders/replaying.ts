// Time travel: which moment an instant belongs to, and how a terminal's doors stood then.

import type { DoorAt, DoorMoment } from "@/api/types";

/** How many of the moments (oldest first) had happened at an instant. */
export function happened(moments: readonly { at: string }[], atMs: number): number {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse(moments[middle]?.at ?? "") <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface DoorThen {
  cell: number;
  size: string;
  door: string;
  order: string | null;
  /** It moved with the last moment. */
  just: boolean;
}

/** How each door stood after the first `count` moments. */
export function doorsAfter(doors: readonly DoorAt[], moments: readonly DoorMoment[], count: number): DoorThen[] {
  const then = new Map<number, DoorThen>(doors.map(({ cell, size, door }) => [cell, { cell, size, door, order: null, just: false }]));
  moments.slice(0, count).forEach((moment, at) => {
    const known = then.get(moment.cell) ?? { cell: moment.cell, size: "", door: "unknown", order: null, just: false };
    then.set(moment.cell, { ...known, door: moment.door, order: moment.order_id, just: at === count - 1 });
  });
  return [...then.values()].sort((one, other) => one.cell - other.cell);
}

/** A key's meaning for a slider of `count` steps; null: it is none of its keys. */
export function stepped(key: string, at: number, count: number): number | null {
  if (key === "ArrowLeft") return Math.max(0, at - 1);
  if (key === "ArrowRight") return Math.min(count, at + 1);
  if (key === "Home") return 0;
  if (key === "End") return count;
  return null;
}
