// The price of a parcel, asked for whenever what it depends on has changed. An order is placed at
// the price that is shown and at no other: where that has changed meanwhile the server refuses and
// tells the price now, which takes the old one's place here, beside it.

import { type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";
import { ApiError } from "@/api/errors";
import type { PriceView } from "@/api/types";
import { send } from "@/api/wire";

export interface Price {
  shown: ShallowRef<PriceView | null>;
  busy: Ref<boolean>;
  error: ShallowRef<unknown>;
  /** What was shown before the price changed under the person's hands, fen; 0 if it did not. */
  before: Ref<number>;
  again(): void;
  /** Show the price now of a refusal, if it tells one. */
  refused(thrown: unknown): void;
}

/** The price that a refusal tells, or null where it is about something else. */
export function priceNow(thrown: unknown, shown: PriceView | null): PriceView | null {
  if (!(thrown instanceof ApiError) || thrown.code !== "price_changed" || !shown) return null;
  const { price_fen, price_version, zone } = thrown.details;
  if (typeof price_fen !== "number" || typeof price_version !== "number") return null;
  return { ...shown, price_fen, price_version, zone: typeof zone === "string" ? zone : shown.zone };
}

/** Ask for the price of `size` between two whole region codes; a late answer is dropped. */
export function usePrice(of: () => { size: string; from: string; to: string }): Price {
  const shown = shallowRef<PriceView | null>(null);
  const error = shallowRef<unknown>(null);
  const busy = ref(false);
  const before = ref(0);
  let turn = 0;

  const ask = async ({ size, from, to }: { size: string; from: string; to: string }): Promise<void> => {
    const mine = ++turn;
    shown.value = null;
    error.value = null;
    before.value = 0;
    busy.value = Boolean(size && from && to);
    if (!busy.value) return;
    try {
      const query = { size, origin_region: from, region: to };
      const price = await send<PriceView>("GET", "/v1/price", { query });
      if (mine === turn) shown.value = price;
    } catch (thrown) {
      if (mine === turn) error.value = thrown;
    } finally {
      if (mine === turn) busy.value = false;
    }
  };
  watch(() => JSON.stringify(of()), () => void ask(of()), { immediate: true });
  const refused = (thrown: unknown): void => {
    const now = priceNow(thrown, shown.value);
    if (!now) return;
    before.value = shown.value?.price_fen ?? 0;
    shown.value = now;
  };
  return { shown, busy, error, before, again: () => void ask(of()), refused };
}
