// A region's code as three choices, province, city, district; pure.

import type { RegionRow } from "@/kit/regions";

const DIGITS = [2, 4, 6] as const;

/** The rows that a code goes through, as far as it is known. */
export function pathOf(rows: readonly RegionRow[], code: string): RegionRow[] {
  const path: RegionRow[] = [];
  let level: readonly RegionRow[] = rows;
  for (const digits of DIGITS) {
    if (code.length < 6 || (digits > 2 && /^0+$/.test(code.slice(digits - 2)))) break;
    const row = level.find(([known]) => known.slice(0, digits) === code.slice(0, digits));
    if (!row) break;
    path.push(row);
    level = row[2] ?? [];
  }
  return path;
}

/** What may be chosen at each of the three levels. */
export function levelsOf(rows: readonly RegionRow[], code: string): (readonly RegionRow[])[] {
  const path = pathOf(rows, code);
  return [rows, path[0]?.[2] ?? [], path[1]?.[2] ?? []];
}

/** Whether a code goes all the way down: nothing below it is left to choose. */
export function isWhole(rows: readonly RegionRow[], code: string): boolean {
  const last = pathOf(rows, code).at(-1);
  return last !== undefined && (last[2] ?? []).length === 0;
}

/** The code after a choice at a level; where only one thing is below, it is chosen too. */
export function chosen(rows: readonly RegionRow[], before: string, level: number, code: string): string {
  if (!code) return pathOf(rows, before)[level - 1]?.[0] ?? "";
  const row = levelsOf(rows, before)[level]?.find(([known]) => known === code);
  const below = row?.[2] ?? [];
  return level < 1 && below.length === 1 && below[0] ? below[0][0] : code;
}
