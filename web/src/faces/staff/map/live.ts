// Watching the live map over the socket: asked for anew after each break and with each new view.

import { onScopeDispose, type Ref, ref, shallowRef, type ShallowRef, watch } from "vue";
import { ApiError } from "@/api/errors";
import { serverClock } from "@/api/clock";
import type { MapChanged, MapWatched } from "@/api/types";
import { useSignedIn } from "@/kit/signed_in";
import type { Held } from "./held";
import type { Bounds } from "./pane";

export interface LiveMap {
  /** Whether what is held is of now. */
  live: Ref<boolean>;
  /** Whether there ever was an answer. */
  known: Ref<boolean>;
  error: ShallowRef<ApiError | null>;
  /** Look at these bounds from now on. */
  look(bounds: Bounds): void;
  /** Look at nothing, as while the past is shown. */
  rest(): void;
  again(): void;
}

/** Keep `held` as the server tells it while the component lives. */
export function useLiveMap(held: Held): LiveMap {
  const { realtime, link } = useSignedIn();
  const live = ref(false);
  const known = ref(false);
  const error = shallowRef<ApiError | null>(null);
  let wanted: Bounds | null = null;

  const ask = async (): Promise<void> => {
    if (!wanted || link.value !== "live") return;
    const sent = Date.now();
    try {
      const answer = (await realtime.request({ type: "watch_map", ...wanted })) as MapWatched;
      serverClock.read(Date.parse(answer.server_time), sent, Date.now());
      if (answer.whole) held.clear();
      held.take(answer.changes, performance.now());
      live.value = wanted !== null;
      known.value = true;
      error.value = null;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      if (thrown.code !== "offline") error.value = thrown; // a break is told by the link
    }
  };
  const told = (event: Event): void => {
    if (live.value) held.take((event as CustomEvent<MapChanged>).detail, performance.now());
  };
  const rest = (): void => {
    if (wanted && link.value === "live") realtime.request({ type: "unwatch_map" }).catch(() => {}); // a break ends it as well
    wanted = null;
    live.value = false;
  };
  realtime.addEventListener("map", told);
  watch(link, (now) => {
    live.value = false;
    if (now === "live") void ask();
  });
  onScopeDispose(() => {
    realtime.removeEventListener("map", told);
    rest();
  });
  return {
    live,
    known,
    error,
    look: (bounds) => {
      wanted = bounds;
      void ask();
    },
    rest,
    again: () => void ask(),
  };
}
