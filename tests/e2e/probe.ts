// Holds the pages' realtime client where a test can reach it, and notes what it tells a page.

import { Session } from "@/api/session";
import type { PushEvent, Snapshot } from "@/api/types";
import { Realtime } from "@/realtime/client";

const session = new Session("customer");
const realtime = new Realtime(session);
const seen = {
  states: [] as string[],
  events: [] as string[],
  snapshots: [] as Partial<Snapshot>[],
  live: 0,
};
realtime.addEventListener("state", () => seen.states.push(realtime.state));
realtime.follow("me", {
  snapshot: (snapshot) => seen.snapshots.push(snapshot),
  event: (event: PushEvent) => seen.events.push((event as unknown as { en: string }).en),
  live: () => {
    seen.live += 1;
  },
});
Object.assign(window, { probe: { session, realtime, seen } });
