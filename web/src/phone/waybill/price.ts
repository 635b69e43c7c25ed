// The price of a parcel, asked for whenever what it depends on has changed.

import { type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";
import type { PriceView } from "@/api/types";
import { send } from "@/api/wire";

export interface Price {
  shown: ShallowRef<PriceView | null>;
  busy: Ref<boolean>;
  error: ShallowRef<unknown>;
  again(): void;
}

/** Ask for the price of `size` between two whole region codes; a late answer is dropped. */
export function usePrice(of: () => { size: string; from: string; to: string }): Price {
  const shown = shallowRef<PriceView | null>(null);
  const error = shallowRef<unknown>(null);
  const busy = ref(false);
  let turn = 0;

  const ask = async ({ size, from, to }: { size: string; from: string; to: string }): Promise<void> => {
    const mine = ++turn;
    shown.value = null;
    error.value = null;
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
  return { shown, busy, error, again: () => void ask(of()) };
}
