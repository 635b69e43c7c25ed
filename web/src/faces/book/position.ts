// This device's own position, asked for only when the person presses "find me".

import { type NoPlace, type Place, whyNoPlace } from "@/kit/places";

const FIND_MS = 10_000;
const FRESH_MS = 15_000;

/** Ask the device where it is; gives the place or why there is none. */
export function findPlace(): Promise<Place | NoPlace> {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve("unsupported");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude }),
      (error) => resolve(whyNoPlace(error)),
      { enableHighAccuracy: true, timeout: FIND_MS, maximumAge: FRESH_MS },
    );
  });
}
