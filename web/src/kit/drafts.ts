// What is typed outlives a reload and a broken connection, until it was sent.

import { type Reactive, reactive, watch } from "vue";
import { type Keep, onDevice } from "@/api/keeping";
import { ownDraft } from "@/api/own";
import { useSignedIn } from "./signed_in";

interface Draft<Contents extends object> {
  draft: Reactive<Contents>;
  forget(): void;
}

/**
 * A form's contents, kept on this device under a name while they are other than `empty`. Give what
 * must not stay on the device (codes, ID numbers) to another object. Contents of an older version of
 * the form are fitted: what is missing comes from `empty`, what is unknown goes.
 */
export function useDraft<Contents extends object>(name: string, empty: () => Contents, keep: Keep = onDevice): Draft<Contents> {
  const key = `lanjian.draft.${name}`;
  const draft = reactive(fitted(empty(), read(keep, key)));
  const untouched = (): boolean => JSON.stringify(draft) === JSON.stringify(empty());
  watch(draft, () => (untouched() ? keep.removeItem(key) : keep.setItem(key, JSON.stringify(draft))), { deep: true });
  const forget = (): void => {
    Object.assign(draft, empty());
    // At once too: the component may go before its watcher's turn.
    keep.removeItem(key);
  };
  return { draft, forget };
}

/** The same for a form of who is signed in: another account finds nothing of it, and a log-out ends it. */
export function useOwnDraft<Contents extends object>(name: string, empty: () => Contents, keep: Keep = onDevice): Draft<Contents> {
  const { session } = useSignedIn();
  return useDraft(ownDraft(name, session.personId ?? "nobody"), empty, keep);
}

function read(keep: Keep, key: string): unknown {
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
