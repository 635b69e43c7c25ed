// Whom people call, and when: the number that staff keep.

import { onMounted, type ShallowRef, shallowRef } from "vue";
import type { ServiceLineView } from "@/api/types";
import { send } from "@/api/wire";

/** The line, or null until it is known, and where staff have written none. */
export function useServiceLine(): ShallowRef<ServiceLineView | null> {
  const line = shallowRef<ServiceLineView | null>(null);
  onMounted(async () => {
    const told = await send<ServiceLineView>("GET", "/v1/service-line").catch(() => null);
    if (told?.phone) line.value = told;
  });
  return line;
}
