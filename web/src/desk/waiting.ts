// The queues' numbers, read anew every so often and soon after something happened.

import { onScopeDispose, type Reactive, ref, type Ref, watch } from "vue";
import type { QueuesView } from "@/api/types";
import type { Session } from "@/api/session";
import { useLatest } from "@/kit/latest";
import type { Counts, Told } from "./counts";
import type { StaffFeed } from "./feed";

const EVERY_MS = 30_000;
const SOON_MS = 2_500; // several events of one act are one reading, after the one under way

/** Queues in which something waiting is an alarm, not work. */
const ALARMS = new Set(["alerts", "refunds"]);

/** Put what the server told into the counts; queues that it did not name stay as they are. */
export function tell(counts: Reactive<Counts>, { queues }: QueuesView): void {
  for (const { name, waiting, oldest } of queues) counts[name] = { waiting, oldest, alarm: ALARMS.has(name) && waiting > 0 };
}

/** Keep the counts up to date while somebody of staff is signed in. */
export function keepCounts(counts: Reactive<Counts>, session: Session, feed: StaffFeed, staff: Ref<boolean>): Told {
  const state = ref<"loading" | "told" | "failed">("loading");
  const latest = useLatest();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let soon = false;
  let reading = false;
  const after = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void read(), ms);
  };
  const read = async (): Promise<void> => {
    clearTimeout(timer);
    soon = false;
    if (!staff.value) return;
    if (!document.hidden) {
      // What cannot be read stays as it was; the link's state says that it is old.
      const isLast = latest.ask();
      reading = true;
      await session.ask<QueuesView>("GET", "/v1/staff/queues").then((told) => {
        if (!isLast()) return;
        tell(counts, told);
        state.value = "told";
      }, () => {
        if (isLast() && state.value === "loading") state.value = "failed";
      });
      if (!isLast()) return;
      reading = false;
    }
    after(soon ? SOON_MS : EVERY_MS);
  };
  const hurry = (): void => {
    if (soon) return;
    soon = true;
    if (!reading) after(SOON_MS);
  };
  onScopeDispose(feed.add({ event: hurry, live: hurry }));
  watch(staff, (now) => {
    for (const name of Object.keys(counts)) delete counts[name];
    latest.drop();
    reading = false;
    state.value = "loading";
    if (now) void read();
  }, { immediate: true });
  document.addEventListener("visibilitychange", hurry);
  onScopeDispose(() => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", hurry);
  });
  const again = (): void => {
    state.value = "loading";
    if (!reading) void read();
  };
  return { state, again };
}
