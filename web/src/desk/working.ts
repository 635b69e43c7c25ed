// Working through a queue: its listing, the item at hand, and what was decided of it.

import { type Ref, ref, type ShallowReactive, shallowReactive, type ShallowRef, shallowRef, watch } from "vue";
import { type Listing, type Page, useListing } from "@/kit/listing";
import { type AtHand, atHand, behind, step, without } from "./queue";

export interface Work<Item> {
  listing: Listing<Item>;
  hand: ShallowRef<AtHand<Item>>;
  /** Whether anything was decided here since the page was opened: "all done" rather than "none". */
  decidedSome: Ref<number>;
  /** Names of photos that stood before this person's eyes: nobody approves what nobody saw. */
  looked: ShallowReactive<Set<string>>;
  keyOf(item: Item): string;
  choose(item: Item): void;
  go(steps: number): void;
  /** The item that comes next, to have its photo ready. */
  next(): Item | null;
  /** This person decided on the item at hand: read the queue anew and go on. */
  decided(): Promise<void>;
  /** Send a decision; where it is refused (somebody else was first), the queue is read anew. */
  judged<Answer>(sent: Promise<Answer>): Promise<Answer>;
}

export function useWork<Item>(read: () => Promise<Page<Item>>, keyOf: (item: Item) => string): Work<Item> {
  const listing = useListing<Item>(read);
  const hand = shallowRef<AtHand<Item>>({ item: null, gone: false });
  const decidedSome = ref(0);
  let mine: { key: string; behind: string[] } | null = null;

  watch(listing.items, (items) => {
    hand.value = atHand(items, hand.value, keyOf, mine);
    mine = null;
  });
  const choose = (item: Item): void => {
    hand.value = { item, gone: false };
  };
  const there = (steps: number): Item | null => {
    const { item } = hand.value;
    return step(listing.items.value, item ? keyOf(item) : null, steps, keyOf);
  };
  return {
    listing,
    hand,
    decidedSome,
    looked: shallowReactive(new Set<string>()),
    keyOf,
    choose,
    go: (steps) => {
      const item = there(steps);
      hand.value = { item, gone: false };
    },
    next: () => there(1),
    decided: async () => {
      decidedSome.value += 1;
      const { item } = hand.value;
      if (item) mine = { key: keyOf(item), behind: behind(listing.items.value, keyOf(item), keyOf) };
      await listing.reload();
      // The decision stands, also when the list cannot be read: its item is work no more.
      if (mine && item && listing.error.value) listing.items.value = without(listing.items.value, keyOf(item), keyOf);
    },
    judged: (sent) =>
      sent.catch((error: unknown) => {
        void listing.reload();
        throw error;
      }),
  };
}
