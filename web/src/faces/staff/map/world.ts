// The map's geometry: the world as a square of 1 × 1 (Web Mercator), districts as geohash cells,
// a scale in round metres. Nothing here knows of a page.

export interface Degrees {
  lat: number;
  lon: number;
}

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

const MOST_LAT = 85.0511;
const EARTH_METRES = 40_075_016.7; // round the equator

export const worldX = (lon: number): number => (lon + 180) / 360;

export function worldY(lat: number): number {
  const within = Math.min(Math.max(lat, -MOST_LAT), MOST_LAT);
  const sine = Math.sin((within * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

export const degreesAt = (x: number, y: number): Degrees => ({
  lat: (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI,
  lon: x * 360 - 180,
});

/** Pixels of the whole world at a zoom of tiles of 256. */
export const worldPixels = (zoom: number): number => 256 * 2 ** zoom;

const LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz";
const COLUMNS = 1 << 13; // a geohash of five: 13 bits of longitude, 12 of latitude
const ROWS = 1 << 12;
const CELL = 360 / COLUMNS;

/** The geohash of five letters in which a place lies: a district. */
export function districtOf({ lat, lon }: Degrees): string {
  let column = Math.min(COLUMNS - 1, Math.max(0, Math.floor((lon + 180) / CELL)));
  let row = Math.min(ROWS - 1, Math.max(0, Math.floor((lat + 90) / CELL)));
  let bits = 0;
  for (let place = 0; place < 25; place++) {
    // The last bit is of longitude, and they take turns.
    const bit = place % 2 === 0 ? column & 1 : row & 1;
    if (place % 2 === 0) column >>= 1;
    else row >>= 1;
    bits += bit * 2 ** place;
  }
  let name = "";
  for (let letter = 0; letter < 5; letter++) {
    name = (LETTERS[bits % 32] ?? "") + name;
    bits = Math.floor(bits / 32);
  }
  return name;
}

export interface District extends Box {
  name: string;
}

/** The districts that a box touches, or none where they were more than `most`. */
export function districtsIn(box: Box, most: number): District[] {
  const first = [Math.floor((box.west + 180) / CELL), Math.floor((box.south + 90) / CELL)] as const;
  const last = [Math.floor((box.east + 180) / CELL), Math.floor((box.north + 90) / CELL)] as const;
  if ((last[0] - first[0] + 1) * (last[1] - first[1] + 1) > most) return [];
  const found: District[] = [];
  for (let column = first[0]; column <= last[0]; column++) {
    for (let row = first[1]; row <= last[1]; row++) {
      const west = column * CELL - 180;
      const south = row * CELL - 90;
      const name = districtOf({ lat: south + CELL / 2, lon: west + CELL / 2 });
      found.push({ name, west, south, east: west + CELL, north: south + CELL });
    }
  }
  return found;
}

/** The widest of 1, 2, 5, 10, ... metres that is at most so many pixels, and its pixels. */
export function scaleBar(lat: number, zoom: number, mostPixels: number): { metres: number; pixels: number } {
  const metresAPixel = (EARTH_METRES * Math.cos((lat * Math.PI) / 180)) / worldPixels(zoom);
  const most = metresAPixel * mostPixels;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = power * ([5, 2, 1].find((times) => times * power <= most) ?? 1);
  return { metres, pixels: metres / metresAPixel };
}

/** Degrees between the lines of a grid: round, and at least so many pixels apart. */
export function gridStep(zoom: number, leastPixels: number): number {
  const least = (360 / worldPixels(zoom)) * leastPixels;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((times) => times * power >= least) ?? 10);
}
