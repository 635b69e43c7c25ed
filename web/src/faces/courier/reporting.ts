// When a place is worth telling the server: at once when it has moved, seldom when it stands still,
// ever later while telling fails.

import { metresBetween, type Place } from "@/kit/places";

const MOVED_METRES = 30;
const MOVED_MS = 5_000;
const STILL_MS = 20_000; // far below the ten minutes after which a position is old
const LONGEST_STILL_MS = 60_000;
const LONGEST_FAILING_MS = 120_000;

export interface Told {
  place: Place;
  at: number;
  /** How often in a row the same place was told. */
  still: number;
}

/** Whether to tell `place` now; `failures` in a row since the last that went well. */
export function isDue(place: Place, told: Told | null, now: number, lastTry: number, failures: number): boolean {
  if (failures > 0) return now - lastTry >= Math.min(LONGEST_FAILING_MS, MOVED_MS * 2 ** failures);
  if (!told) return true;
  const moved = metresBetween(place, told.place) > MOVED_METRES;
  const wait = moved ? MOVED_MS : Math.min(LONGEST_STILL_MS, STILL_MS * (1 + told.still));
  return now - told.at >= wait;
}

export const toldNow = (place: Place, before: Told | null, now: number): Told => ({
  place,
  at: now,
  still: before && metresBetween(place, before.place) <= MOVED_METRES ? before.still + 1 : 0,
});
