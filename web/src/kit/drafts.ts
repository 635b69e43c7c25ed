// What is typed outlives a reload and a broken connection, until it was sent.

import { type Reactive, reactive, watch } from "vue";

/**
 * A form's contents, kept on this device under a name. Give what must not stay on the device
 * (codes, ID numbers) to another object. Contents of an older version of the form are fitted: what
 * is missing comes from `empty`, what is unknown goes.
 */
export function useDraft<Contents extends object>(
  name: string,
  empty: () => Contents,
  keep: Storage = localStorage,
): { draft: Reactive<Contents>; forget(): void } {
  const key = `lanjian.draft.${name}`;
  const draft = reactive(fitted(empty(), read(keep, key)));
  watch(draft, (now) => keep.setItem(key, JSON.stringify(now)), { deep: true });
  const forget = (): void => {
    Object.assign(draft, empty());
    // After the watcher, which would put it back.
    queueMicrotask(() => queueMicrotask(() => keep.removeItem(key)));
  };
  return { draft, forget };
}

function read(keep: Storage, key: string): unknown {
  try {
    return JSON.parse(keep.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function fitted<Contents extends object>(empty: Contents, kept: unknown): Contents {
  if (!kept || typeof kept !== "object") return empty;
  const fits = Object.entries(kept).filter(
    ([name, value]) => name in empty && typeof value === typeof empty[name as keyof Contents],
  );
  return { ...empty, ...Object.fromEntries(fits) };
}
