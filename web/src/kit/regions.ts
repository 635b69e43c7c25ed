// The names of region codes: province, city, district. The table is one file, fetched once.

import { type Ref, ref, toValue, watchEffect } from "vue";
import table from "../../static/regions.json?url";

/** [code, name, what is below]. */
export type RegionRow = readonly [code: string, name: string, below?: readonly RegionRow[]];

let loading: Promise<readonly RegionRow[]> | null = null;

/** The whole table; who asks after a failure tries again. */
export function regions(): Promise<readonly RegionRow[]> {
  loading ??= fetch(table)
    .then((answer) => {
      if (!answer.ok) throw new Error("regions");
      return answer.json() as Promise<readonly RegionRow[]>;
    })
    .catch((error) => {
      loading = null;
      throw error;
    });
  return loading;
}

/** The names of a six-digit code: "广东省 深圳市 福田区", or the code if it is unknown. */
export function nameIn(rows: readonly RegionRow[], code: string): string {
  const names: string[] = [];
  let level: readonly RegionRow[] | undefined = rows;
  for (const digits of [2, 4, 6]) {
    const row: RegionRow | undefined = level?.find(([known]) => known.slice(0, digits) === code.slice(0, digits));
    if (!row) break;
    if (names.at(-1) !== row[1]) names.push(row[1]);
    level = row[2];
  }
  return names.length ? names.join(" ") : code;
}

export async function regionName(code: string): Promise<string> {
  try {
    return nameIn(await regions(), code);
  } catch {
    return code;
  }
}

/** A code's names for a component: the code itself until they are known. */
export function useRegionName(code: string | (() => string)): Readonly<Ref<string>> {
  const shown = ref(toValue(code));
  watchEffect(async () => {
    const wanted = toValue(code);
    const name = await regionName(wanted);
    if (wanted === toValue(code)) shown.value = name;
  });
  return shown;
}
