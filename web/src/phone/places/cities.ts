// The cities in which terminals stand, out of the regions' codes; pure.

import { nameIn, type RegionRow } from "@/kit/regions";

export interface City {
  code: string; // six digits, the last two of them zeros
  name: string;
}

/** Each city once, by its code; named by its code while the names are not known. */
export function citiesOf(codes: readonly string[], rows: readonly RegionRow[]): City[] {
  const cities = new Set(codes.map((code) => `${code.slice(0, 4)}00`));
  return [...cities].sort().map((code) => ({ code, name: nameIn(rows, code) }));
}
