// Where things are: distances, districts' cells, places as people type them, and this device's own.

import { onDevice } from "@/api/keeping";

export interface Place {
  lat: number;
  lon: number;
}

const EARTH_METRES = 6_371_008.8;
const BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz";
const KEPT = "lanjian.place";

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Great-circle distance in metres. */
export function metresBetween(one: Place, other: Place): number {
  const halfLat = Math.sin(radians(other.lat - one.lat) / 2);
  const halfLon = Math.sin(radians(other.lon - one.lon) / 2);
  const chord = halfLat ** 2 + Math.cos(radians(one.lat)) * Math.cos(radians(other.lat)) * halfLon ** 2;
  return 2 * EARTH_METRES * Math.asin(Math.sqrt(Math.min(1, chord)));
}

/** The geohash cell of a place; five characters name a district's cell (about 5 km). */
export function geohash({ lat, lon }: Place, length = 5): string {
  const lons: [number, number] = [-180, 180];
  const lats: [number, number] = [-90, 90];
  let hash = "";
  let bits = 0;
  for (let turn = 0; hash.length < length; turn += 1) {
    const [bounds, value] = turn % 2 ? [lats, lat] : [lons, lon];
    const middle = (bounds[0] + bounds[1]) / 2;
    const upper = value >= middle;
    bounds[upper ? 0 : 1] = middle;
    bits = bits * 2 + Number(upper);
    if (turn % 5 === 4) {
      hash += BASE32[bits];
      bits = 0;
    }
  }
  return hash;
}

/** Read "22.5431, 114.0579"; null when it is no place. */
export function readPlace(text: string): Place | null {
  const numbers = text.split(/[,，\s]+/).filter(Boolean).map(Number);
  const [lat, lon] = numbers;
  if (numbers.length !== 2 || lat === undefined || lon === undefined) return null;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

export const placeText = ({ lat, lon }: Place): string => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

/** The place kept from last time, or null. */
export function keptPlace(): Place | null {
  try {
    const place = JSON.parse(onDevice.getItem(KEPT) ?? "null");
    return Number.isFinite(place?.lat) && Number.isFinite(place?.lon) ? place : null;
  } catch {
    return null;
  }
}

export function keepPlace(place: Place): void {
  onDevice.setItem(KEPT, JSON.stringify(place));
}

/** Why a device does not say where it is. */
export type NoPlace = "denied" | "unknown" | "timeout" | "unsupported";

const WHY: Record<number, NoPlace> = { 1: "denied", 2: "unknown", 3: "timeout" };

export const whyNoPlace = (error: { code: number }): NoPlace => WHY[error.code] ?? "unknown";
