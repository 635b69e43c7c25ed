// A list and its states: loading, items, empty, error, old because offline, and more to come.

import { computed, type ComputedRef, onScopeDispose, type ShallowRef, shallowRef } from "vue";
import { ApiError } from "@/api/errors";

export type ListState = "loading" | "items" | "empty" | "error" | "stale";

export interface Page<Item> {
  items: readonly Item[];
  next?: string | null; // where the next page begins
}

export interface Listing<Item> {
  items: ShallowRef<readonly Item[]>;
  state: ComputedRef<ListState>;
  error: ShallowRef<ApiError | null>;
  busy: ShallowRef<boolean>;
  hasMore: ComputedRef<boolean>;
  /** Read from the beginning; what is shown stays until the answer is there. */
  reload(): Promise<void>;
  more(): Promise<void>;
  /** Put items there that came another way (a snapshot, an event). */
  set(items: readonly Item[]): void;
}

/** Read pages of something; an answer that a later question overtook is dropped. */
export function useListing<Item>(read: (after: string | null) => Promise<Page<Item>>): Listing<Item> {
  const items = shallowRef<readonly Item[]>([]);
  const error = shallowRef<ApiError | null>(null);
  const busy = shallowRef(false);
  const next = shallowRef<string | null>(null);
  const known = shallowRef(false); // whether there ever was an answer
  let turn = 0;

  const ask = async (after: string | null): Promise<void> => {
    const mine = ++turn;
    busy.value = true;
    try {
      const page = await read(after);
      if (mine !== turn) return;
      items.value = after === null ? page.items : [...items.value, ...page.items];
      next.value = page.next ?? null;
      known.value = true;
      error.value = null;
    } catch (thrown) {
      if (mine !== turn) return;
      if (!(thrown instanceof ApiError)) throw thrown;
      error.value = thrown;
    } finally {
      if (mine === turn) busy.value = false;
    }
  };
  const state = computed<ListState>(() => {
    if (error.value) return known.value && items.value.length ? "stale" : "error";
    if (!known.value) return "loading";
    return items.value.length ? "items" : "empty";
  });
  onScopeDispose(() => (turn += 1));
  return {
    items,
    state,
    error,
    busy,
    hasMore: computed(() => next.value !== null),
    reload: () => ask(null),
    more: () => (next.value === null ? Promise.resolve() : ask(next.value)),
    set: (given) => {
      turn += 1;
      busy.value = false;
      items.value = given;
      known.value = true;
      error.value = null;
    },
  };
}
