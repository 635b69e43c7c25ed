// The map's past hours: windows of tracks asked for one after the other, and who was where then.

import type { MapPastView } from "@/api/types";

const E5 = 100_000;

/** A courier's way: instants (ms since 1970) and degrees, oldest first. */
export interface Track {
  id: string;
  points: { ms: number; lat: number; lon: number }[];
}

export interface Ghost {
  id: string;
  lat: number;
  lon: number;
  /** When the courier was last heard of, ms since 1970. */
  ms: number;
}

/** Tracks of one window after the other, joined; parts of the past that nobody asked for are holes. */
export class Past {
  private readonly tracks = new Map<string, Track>();
  private windows: { sinceMs: number; untilMs: number }[] = [];

  clear(): void {
    this.tracks.clear();
    this.windows = [];
  }

  /** Take an answer; twice the same changes nothing. */
  take(view: MapPastView): void {
    const sinceMs = Date.parse(view.since);
    for (const { courier_id: id, points } of view.tracks) {
      const track = this.tracks.get(id) ?? { id, points: [] };
      const known = new Set(track.points.map(({ ms }) => ms));
      for (const [seconds, lat, lon] of points) {
        const ms = sinceMs + seconds * 1000;
        if (!known.has(ms)) track.points.push({ ms, lat: lat / E5, lon: lon / E5 });
      }
      track.points.sort((one, other) => one.ms - other.ms);
      this.tracks.set(id, track);
    }
    this.windows.push({ sinceMs, untilMs: Date.parse(view.until) });
    this.windows.sort((one, other) => one.sinceMs - other.sinceMs);
  }

  /** The first instant from `fromMs` on that is not known. */
  knownUntil(fromMs: number): number {
    let until = fromMs;
    for (const { sinceMs, untilMs } of this.windows) if (sinceMs <= until && untilMs > until) until = untilMs;
    return until;
  }

  /** Who was where: between two points on the way, else at the last one, if it is not too old. */
  at(ms: number, oldestMs: number): Ghost[] {
    const found: Ghost[] = [];
    for (const { id, points } of this.tracks.values()) {
      const next = after(points, ms);
      const last = points[next - 1];
      if (!last || ms - last.ms > oldestMs) continue;
      const to = points[next];
      const part = to && to.ms - last.ms <= oldestMs ? (ms - last.ms) / (to.ms - last.ms) : 0;
      const lat = to ? last.lat + (to.lat - last.lat) * part : last.lat;
      const lon = to ? last.lon + (to.lon - last.lon) * part : last.lon;
      found.push({ id, lat, lon, ms: last.ms });
    }
    return found;
  }
}

/** The place of the first point after an instant. */
function after(points: readonly { ms: number }[], ms: number): number {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.ms ?? Infinity) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
