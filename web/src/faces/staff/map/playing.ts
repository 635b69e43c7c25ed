// Playing the map's past: a clock that runs at a speed, windows loaded ahead of it, ghosts at its
// instant as the page draws them.

import { onScopeDispose, ref, type Ref, shallowRef, type ShallowRef } from "vue";
import { ApiError } from "@/api/errors";
import { serverClock } from "@/api/clock";
import type { MapConfigView, MapPastView } from "@/api/types";
import { useSignedIn } from "@/kit/signed_in";
import { type Convert, Held } from "./held";
import type { Bounds } from "./pane";
import { Past } from "./past";

export const SPEEDS = [10, 60, 300, 1200] as const;
const AHEAD_S = 20; // seconds of the viewer's that are loaded ahead
const LEAST_WINDOW_S = 600;
const MOST_WINDOW_S = 3600;

export interface Playing {
  on: Ref<boolean>;
  ms: Ref<number>;
  playing: Ref<boolean>;
  speed: Ref<number>;
  loading: Ref<boolean>;
  error: ShallowRef<ApiError | null>;
  count: Ref<number>;
  held: Held;
  /** Begin, for a purpose that is recorded; throws the first refusal. */
  begin(purpose: string, bounds: Bounds): Promise<void>;
  move(bounds: Bounds): void;
  seek(ms: number): void;
  end(): void;
  earliest(): number;
}

export function usePlaying(config: () => MapConfigView, convert: Convert): Playing {
  const { session } = useSignedIn();
  const past = new Past();
  const held = new Held(convert);
  const on = ref(false);
  const ms = ref(0);
  const playing = ref(false);
  const speed = ref<number>(60);
  const loading = ref(false);
  const count = ref(0);
  const error = shallowRef<ApiError | null>(null);
  let purpose = "";
  let bounds: Bounds | null = null;
  let frame = 0;
  let before = 0;
  let turn = 0; // an answer for another area is dropped

  const earliest = (): number => serverClock.now() - config().kept_seconds * 1000;
  /** How long a courier stays where the last point is. */
  const holdMs = (): number => Math.max(4 * step(), 120) * 1000;
  const step = (): number => Math.min(600, Math.max(Math.ceil(config().point_seconds), Math.ceil(speed.value / 10)));

  async function load(): Promise<void> {
    if (!bounds || loading.value) return;
    const mine = turn;
    const from = past.knownUntil(ms.value - holdMs());
    const { west, south, east, north } = bounds;
    const seconds = Math.min(MOST_WINDOW_S, Math.max(LEAST_WINDOW_S, speed.value * AHEAD_S * 2));
    if (from >= serverClock.now() - 1000) return;
    loading.value = true;
    try {
      const query = { since: new Date(Math.max(from, earliest() + 60_000)).toISOString(), seconds, step: step(), west, south, east, north, purpose };
      const view = await session.ask<MapPastView>("GET", "/v1/staff/map/past", { query });
      if (mine !== turn) return;
      past.take(view);
      error.value = null;
      show();
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  function quietly(): void {
    load().catch((thrown) => {
      if (!(thrown instanceof ApiError)) throw thrown;
      error.value = thrown;
      playing.value = false;
    });
  }

  /** Put who was where into what is drawn. */
  function show(): void {
    const ghosts = past.at(ms.value, holdMs());
    count.value = ghosts.length;
    held.couriers.clear();
    const E5 = 100_000;
    held.take({ couriers: ghosts.map(({ id, lat, lon, ms: at }, n) => [n, id, lat * E5, lon * E5, Math.round(at / 1000), 0]) }, 0);
  }

  function tick(now: number): void {
    if (!on.value) return;
    frame = requestAnimationFrame(tick);
    const passed = Math.min(500, now - before);
    before = now;
    const reach = past.knownUntil(ms.value - holdMs());
    if (reach < ms.value + speed.value * AHEAD_S * 1000 && !error.value) quietly();
    if (!playing.value || ms.value >= reach) return; // waits for what is being loaded
    ms.value = Math.min(ms.value + passed * speed.value, serverClock.now());
    if (ms.value >= serverClock.now() - 1000) playing.value = false;
    show();
  }

  function anew(): void {
    turn += 1;
    loading.value = false;
    error.value = null;
    past.clear();
    held.clear();
  }

  async function begin(given: string, area: Bounds): Promise<void> {
    anew();
    purpose = given;
    bounds = area;
    ms.value = Math.max(serverClock.now() - 3600_000, earliest() + 120_000);
    await load();
    on.value = true;
    playing.value = false;
    before = performance.now();
    frame = requestAnimationFrame(tick);
  }

  function end(): void {
    on.value = false;
    playing.value = false;
    cancelAnimationFrame(frame);
    anew();
    bounds = null;
  }
  onScopeDispose(end);
  return {
    on, ms, playing, speed, loading, error, count, held, begin, end, earliest,
    move: (area) => {
      if (!on.value) return;
      anew();
      bounds = area;
      quietly();
    },
    seek: (to) => {
      ms.value = Math.min(Math.max(to, earliest() + 60_000), serverClock.now() - 1000);
      error.value = null;
      show();
    },
  };
}
