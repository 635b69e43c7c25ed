import { effectScope, reactive, ref } from "vue";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Session } from "@/api/session";
import type { QueuesView } from "@/api/types";
import type { Counts } from "./counts";
import type { StaffFeed } from "./feed";
import { keepCounts } from "./waiting";

const SLOW_MS = 3_000;

let asked = 0;
let happens: () => void;
const counts = reactive<Counts>({});
const staff = ref(true);
let scope = effectScope();

/** Counts of a desk on a slow line: the first reading says 1, the second 2. */
function kept(): ReturnType<typeof keepCounts> {
  const ask = (): Promise<QueuesView> => {
    const waiting = ++asked;
    return new Promise((resolve) => setTimeout(() => resolve({ queues: [{ name: "reviews", waiting, oldest: null }] }), SLOW_MS));
  };
  const feed = { add: (heard: { event: () => void }) => ((happens = heard.event), () => {}) };
  return scope.run(() => keepCounts(counts, { ask } as unknown as Session, feed as unknown as StaffFeed, staff))!;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false }));
  asked = 0;
  staff.value = true;
  scope = effectScope();
});
afterEach(() => {
  scope.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("takes every answer of a slow line while something happens all the time, one reading at a time", async () => {
  const told = kept();
  for (let second = 0; second < 4; second += 1) {
    happens();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect([asked, told.state.value, counts["reviews"]?.waiting]).toEqual([1, "told", 1]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([asked, counts["reviews"]?.waiting]).toEqual([2, 2]); // what happened meanwhile
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toBe(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toBe(3); // every so often
});

it("reads at once for who signs in during somebody else's reading, whose answer counts no more", async () => {
  kept();
  await vi.advanceTimersByTimeAsync(1_000);
  staff.value = false;
  await vi.advanceTimersByTimeAsync(0);
  staff.value = true;
  await vi.advanceTimersByTimeAsync(SLOW_MS - 1);
  expect([asked, counts["reviews"]]).toEqual([2, undefined]);
  await vi.advanceTimersByTimeAsync(1);
  expect(counts["reviews"]?.waiting).toBe(2);
});
