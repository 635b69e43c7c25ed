// Choosing a province, a city and a district, one after the other: what there is to choose from, and
// the code after each choice. What it looks like is each component kit's own.

import { computed, type ComputedRef, onMounted, type Ref, shallowRef, type ShallowRef } from "vue";
import { chosen, levelsOf, pathOf } from "./region_levels";
import { type RegionRow, regions } from "./regions";

export interface RegionChoice {
  /** What may be chosen at each of the three levels. */
  levels: ComputedRef<(readonly RegionRow[])[]>;
  /** What is chosen, as far as it goes. */
  path: ComputedRef<RegionRow[]>;
  /** The table did not come; `load` asks again. */
  failed: ShallowRef<boolean>;
  load(): Promise<void>;
  /** Take the choice that a select of a level tells of. */
  choose(level: number, event: Event): void;
}

/** Choose for a code, which may stop short of the district. */
export function useRegionChoice(code: Ref<string>): RegionChoice {
  const rows = shallowRef<readonly RegionRow[]>([]);
  const failed = shallowRef(false);

  async function load(): Promise<void> {
    failed.value = false;
    try {
      rows.value = await regions();
    } catch {
      failed.value = true;
    }
  }
  onMounted(load);
  return {
    levels: computed(() => levelsOf(rows.value, code.value)),
    path: computed(() => pathOf(rows.value, code.value)),
    failed,
    load,
    choose: (level, event) => {
      code.value = chosen(rows.value, code.value, level, (event.target as HTMLSelectElement).value);
    },
  };
}
