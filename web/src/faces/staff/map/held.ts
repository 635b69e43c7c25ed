// What the page holds of the live map: applied frame by frame, and where each courier is between two
// of them. Places are kept as the world's square in the datum of the map that is drawn.

import type { MapChanged, MapTerminal } from "@/api/types";
import { type Degrees, worldX, worldY } from "./world";

const E5 = 100_000;
const LEAST_GLIDE_MS = 300;
const MOST_GLIDE_MS = 6_000;
const JUMP = 2e-4; // of the world: some eight kilometres are no ride

/** Turns a place of the server's into one of the map's. */
export type Convert = (place: Degrees) => Degrees;

export interface Courier {
  n: number;
  id: string;
  /** Where the server says that the courier was, and when (seconds since 1970). */
  lat: number;
  lon: number;
  at: number;
  carries: number;
  fromX: number;
  fromY: number;
  toX: number;
  toY: number;
  startMs: number;
  glideMs: number;
}

export interface Cluster {
  name: string;
  kind: "couriers" | "terminals";
  x: number;
  y: number;
  lat: number;
  lon: number;
  count: number;
  level: string;
  orders: number;
}

export interface Terminal extends MapTerminal {
  x: number;
  y: number;
}

/** How far a glide is, from 0 to 1. */
export const part = ({ startMs, glideMs }: Courier, nowMs: number): number =>
  glideMs > 0 ? Math.min(1, Math.max(0, (nowMs - startMs) / glideMs)) : 1;

export class Held {
  readonly couriers = new Map<number, Courier>();
  readonly clusters = new Map<string, Cluster>();
  readonly terminals = new Map<string, Terminal>();
  /** Rises with every change. */
  version = 0;

  constructor(private readonly convert: Convert = (place) => place) {}

  clear(): void {
    this.couriers.clear();
    this.clusters.clear();
    this.terminals.clear();
    this.version += 1;
  }

  /** Take what the server told; `nowMs` is any steady clock. */
  take(told: Partial<MapChanged>, nowMs: number): void {
    for (const n of told.gone ?? []) this.couriers.delete(n);
    for (const name of told.cleared ?? []) if (!this.clusters.delete(name)) this.terminals.delete(name);
    for (const [n, id, lat, lon, at, carries] of told.couriers ?? []) this.place(n, lat / E5, lon / E5, at, nowMs, { id, carries });
    for (const [n, lat, lon, at] of told.moves ?? []) this.place(n, lat / E5, lon / E5, at, nowMs);
    for (const [name, latE5, lonE5, count, level, orders] of told.clusters ?? []) {
      const [lat, lon] = [latE5 / E5, lonE5 / E5];
      const kind = name.startsWith("couriers.") ? "couriers" : "terminals";
      this.clusters.set(name, { name, kind, ...this.spot({ lat, lon }), lat, lon, count, level, orders });
    }
    for (const terminal of told.terminals ?? []) this.terminals.set(terminal.terminal_id, { ...terminal, ...this.spot(terminal) });
    this.version += 1;
  }

  /** Whether any courier is on the way from one place to the next. */
  gliding(nowMs: number): boolean {
    for (const courier of this.couriers.values()) if (part(courier, nowMs) < 1) return true;
    return false;
  }

  private spot(place: Degrees): { x: number; y: number } {
    const { lat, lon } = this.convert(place);
    return { x: worldX(lon), y: worldY(lat) };
  }

  private place(n: number, lat: number, lon: number, at: number, nowMs: number, whole?: { id: string; carries: number }): void {
    const { x, y } = this.spot({ lat, lon });
    const before = this.couriers.get(n);
    if (!before) {
      if (!whole) return; // a move of nobody we know
      this.couriers.set(n, { n, ...whole, lat, lon, at, fromX: x, fromY: y, toX: x, toY: y, startMs: nowMs, glideMs: 0 });
      return;
    }
    const done = part(before, nowMs);
    const fromX = before.fromX + (before.toX - before.fromX) * done;
    const fromY = before.fromY + (before.toY - before.fromY) * done;
    const jumps = Math.abs(x - fromX) + Math.abs(y - fromY) > JUMP;
    // As long as the pause before it was: then the next word comes as the glide ends.
    const pauseMs = Math.min(MOST_GLIDE_MS, Math.max(LEAST_GLIDE_MS, nowMs - before.startMs));
    const still = x === before.toX && y === before.toY;
    Object.assign(before, whole ?? {}, { lat, lon, at });
    if (still) return;
    Object.assign(before, { fromX: jumps ? x : fromX, fromY: jumps ? y : fromY, toX: x, toY: y, startMs: nowMs, glideMs: jumps ? 0 : pauseMs });
  }
}

/** How old a place looks: 0 fresh, 1 getting old, 2 stale. */
export function staleness(at: number, serverMs: number, staleSeconds: number): 0 | 1 | 2 {
  const age = serverMs / 1000 - at;
  if (age >= staleSeconds) return 2;
  return age >= staleSeconds / 5 ? 1 : 0;
}
