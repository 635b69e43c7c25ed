// Degrees of the platform (WGS-84, as phones give them) and of the map's tiles (GCJ-02 in China).

import gcoord from "gcoord";
import type { Degrees } from "./world";

export interface Datum {
  /** Where a place of the platform lies on the map. */
  toMap(place: Degrees): Degrees;
  /** Which place of the platform a spot of the map is. */
  fromMap(place: Degrees): Degrees;
}

const PLAIN: Datum = { toMap: (place) => place, fromMap: (place) => place };

const GCJ02: Datum = {
  toMap: (place) => turned(place, gcoord.WGS84, gcoord.GCJ02),
  fromMap: (place) => turned(place, gcoord.GCJ02, gcoord.WGS84),
};

export const datumOf = (name: string | undefined): Datum => (name === "gcj02" ? GCJ02 : PLAIN);

type System = typeof gcoord.WGS84 | typeof gcoord.GCJ02;

function turned({ lat, lon }: Degrees, from: System, to: System): Degrees {
  const [lonTo, latTo] = gcoord.transform([lon, lat] as [number, number], from, to);
  return { lat: latTo, lon: lonTo };
}
