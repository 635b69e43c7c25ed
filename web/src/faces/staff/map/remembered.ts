// Where the map was looked at last, and what was shown: kept in this browser. No person is in it.

import { onDevice } from "@/api/keeping";
import type { MapFound } from "@/api/types";
import type { Shown } from "./pane";
import type { Degrees } from "./world";

const START = "lanjian.map.start";
const SHOWN = "lanjian.map.shown";
const NOWHERE = { lat: 34.3, lon: 108.9, zoom: 5 }; // China
const FIRST_ZOOM = 13;

type Start = Degrees & { zoom: number };

function kept(name: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(onDevice.getItem(name) ?? "{}");
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function keep(name: string, value: unknown): void {
  onDevice.setItem(name, JSON.stringify(value));
}

/** Where to begin: where it ended, else at a terminal. */
export function keptStart(first: MapFound | null): Start {
  const { lat, lon, zoom } = kept(START);
  if ([lat, lon, zoom].every(Number.isFinite)) return { lat, lon, zoom } as Start;
  return first ? { lat: first.lat, lon: first.lon, zoom: FIRST_ZOOM } : NOWHERE;
}

export const keepStart = (start: Start): void => keep(START, start);

export function keptShown(): Shown {
  const found = kept(SHOWN);
  return { couriers: found["couriers"] !== false, terminals: found["terminals"] !== false, orders: found["orders"] !== false };
}

export const keepShown = (shown: Shown): void => keep(SHOWN, shown);
