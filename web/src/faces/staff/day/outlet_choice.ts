// Which outlet's day is looked at: found among one's own by name, and nobody else's in its place.

import { computed, type ComputedRef, shallowReactive, shallowRef, type ShallowRef, watch } from "vue";
import { ApiError } from "@/api/errors";
import { onDevice } from "@/api/keeping";
import type { StaffOutletsView, StaffOutletView } from "@/api/types";
import { useLatest } from "@/kit/latest";
import { type Listing, useListing } from "@/kit/listing";
import { useSignedIn } from "@/kit/signed_in";
import { choice } from "./day";

const LAST = "lanjian.day.outlet";

export interface OutletChoice {
  /** What there is to choose from, for the text that was typed. */
  outlets: Listing<StaffOutletView>;
  /** The same, and the one that is chosen. */
  options: ComputedRef<readonly StaffOutletView[]>;
  /** The outlet whose day it is, or "". */
  outlet: ComputedRef<string>;
  /** The outlet that the address names and that is not this person's, or "". */
  strange: ComputedRef<string>;
  /** Whose it is could not be asked; `again` asks once more. */
  failed: ShallowRef<ApiError | null>;
  again(): void;
  find(text: string): void;
  keep(outlet: string): void;
}

/** Choose by what the address asks for, the last choice on this device, or the first of one's own. */
export function useOutletChoice(asked: () => string): OutletChoice {
  const { session } = useSignedIn();
  const known = shallowReactive(new Map<string, StaffOutletView>());
  const strangers = shallowReactive(new Set<string>());
  const first = shallowRef<readonly string[] | null>(null); // of all, not of what was looked for
  const last = shallowRef(onDevice.getItem(LAST) ?? "");
  const failed = shallowRef<ApiError | null>(null);
  const latest = useLatest();
  let text = "";

  const outlets = useListing<StaffOutletView>(async (skip) => {
    const query = { text, ...(skip ? { skip } : {}) };
    const told = await session.ask<StaffOutletsView>("GET", "/v1/staff/outlets", { query });
    const also = (): void => {
      for (const one of told.outlets) known.set(one.outlet_id, one);
      first.value ??= told.outlets.map((one) => one.outlet_id);
    };
    return { items: told.outlets, next: told.next == null ? null : String(told.next), also };
  });
  const chosen = computed(() => {
    if (!first.value) return { outlet: "" };
    return choice(asked(), last.value, [...first.value, ...known.keys()], strangers);
  });
  const outlet = computed(() => ("outlet" in chosen.value ? chosen.value.outlet : ""));
  const unknown = computed(() => ("ask" in chosen.value ? chosen.value.ask : ""));

  async function ask(id: string): Promise<void> {
    const isLast = latest.ask();
    failed.value = null;
    if (!id) return;
    try {
      const one = await session.ask<StaffOutletView>("GET", `/v1/staff/outlets/${encodeURIComponent(id)}`);
      known.set(one.outlet_id, one);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if ([400, 403, 404].includes(error.status)) strangers.add(id);
      else if (isLast()) failed.value = error;
    }
  }
  watch(unknown, (id) => void ask(id), { immediate: true });
  void outlets.reload();
  return {
    outlets,
    options: computed(() => {
      const one = known.get(outlet.value);
      const items = outlets.items.value;
      return one && !items.some(({ outlet_id: id }) => id === one.outlet_id) ? [one, ...items] : items;
    }),
    outlet,
    strange: computed(() => ("strange" in chosen.value ? chosen.value.strange : "")),
    failed,
    again: () => void ask(unknown.value),
    find: (typed) => {
      text = typed.trim();
      void outlets.reload();
    },
    keep: (id) => {
      last.value = id;
      onDevice.setItem(LAST, id);
    },
  };
}
