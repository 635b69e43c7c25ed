// A list and its states: loading, items, empty, error, old because offline, and more to come.

import { computed, type ComputedRef, type ShallowRef, shallowRef } from "vue";
import { ApiError } from "@/api/errors";
import { useLatest } from "./latest";

export type ListState = "loading" | "items" | "empty" | "error" | "stale";

export interface Page<Item> {
  items: readonly Item[];
  next?: string | null; // where the next page begins
  /** What else the answer says: taken with the items, or not at all if a later question overtook it. */
  also?: () => void;
}

export interface Listing<Item> {
  items: ShallowRef<readonly Item[]>;
  state: ComputedRef<ListState>;
  error: ShallowRef<ApiError | null>;
  busy: ShallowRef<boolean>;
  hasMore: ComputedRef<boolean>;
  /** Read from the beginning; what is shown stays until the answer is there. */
  reload(): Promise<void>;
  /** The same because something happened: once what is being read is there, however often it is asked for. */
  refresh(): void;
  more(): Promise<void>;
  /** Put items there that came another way (a snapshot, an event), and where more of them begin. */
  set(items: readonly Item[], next?: string | null): void;
  /** Forget what is shown: what is asked for now is something else. */
  clear(): void;
}

/** Read pages of something; an answer that a later question overtook is dropped. */
export function useListing<Item>(read: (after: string | null) => Promise<Page<Item>>): Listing<Item> {
  const items = shallowRef<readonly Item[]>([]);
  const error = shallowRef<ApiError | null>(null);
  const busy = shallowRef(false);
  const next = shallowRef<string | null>(null);
  const known = shallowRef(false); // whether there ever was an answer
  const latest = useLatest();
  let again = false; // something happened while it was read: that answer may be of before

  const ask = async (after: string | null): Promise<void> => {
    const counts = latest.ask();
    busy.value = true;
    if (after === null) again = false;
    try {
      const page = await read(after);
      if (!counts()) return;
      page.also?.();
      items.value = after === null ? page.items : [...items.value, ...page.items];
      next.value = page.next ?? null;
      known.value = true;
      error.value = null;
    } catch (thrown) {
      if (!counts()) return;
      if (!(thrown instanceof ApiError)) throw thrown;
      error.value = thrown;
    } finally {
      if (counts()) {
        busy.value = false;
        if (again) void ask(null);
      }
    }
  };
  const state = computed<ListState>(() => {
    if (error.value) return known.value && items.value.length ? "stale" : "error";
    if (!known.value) return "loading";
    return items.value.length ? "items" : "empty";
  });
  const begin = (given: readonly Item[], from: string | null, isAnswer: boolean): void => {
    latest.drop();
    busy.value = again = false;
    items.value = given;
    next.value = from;
    known.value = isAnswer;
    error.value = null;
  };
  return {
    items,
    state,
    error,
    busy,
    hasMore: computed(() => next.value !== null),
    reload: () => ask(null),
    refresh: () => {
      if (busy.value) again = true;
      else void ask(null);
    },
    more: () => (next.value === null ? Promise.resolve() : ask(next.value)),
    set: (given, from = null) => begin(given, from, true),
    clear: () => begin([], null, false),
  };
}
