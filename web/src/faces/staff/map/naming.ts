// What districts are called, where that is known: by the region of a terminal that stands in one.

import { shallowRef } from "vue";
import { nameIn, type RegionRow, regions } from "@/kit/regions";
import type { Terminal } from "./held";
import { districtOf } from "./world";

/** Give a function that names the districts in which terminals stand. */
export function districtNames(): (terminals: Iterable<Terminal>) => ReadonlyMap<string, string> {
  const table = shallowRef<readonly RegionRow[]>([]);
  regions().then((rows) => (table.value = rows), () => {}); // without names there are geohashes
  return (terminals) => {
    const names = new Map<string, string>();
    for (const terminal of terminals) {
      const district = districtOf(terminal);
      if (!names.has(district) && table.value.length) names.set(district, nameIn(table.value, terminal.region).split(" ").at(-1) ?? "");
    }
    return names;
  };
}
