// One act of a person: taken at once, under way, refused beside its field; a repeat of the same
// contents after a broken connection makes nothing twice.

import { computed, type ComputedRef, type Ref, ref, type ShallowRef, shallowRef } from "vue";
import { ApiError } from "@/api/errors";
import { drawKey } from "@/api/wire";
import { useRefusal } from "@/i18n/refusals";

export interface Acting<Given extends unknown[]> {
  busy: Ref<boolean>;
  error: ShallowRef<ApiError | null>;
  /** The refusal in words, if it names none of `fields`; those are shown by `hint`. */
  message: ComputedRef<string>;
  /** What to show beside a field, or "". */
  hint(field: string): string;
  /** Do it, unless it is under way; gives whether it went well. */
  run(...given: Given): Promise<boolean>;
  clear(): void;
}

/**
 * Join an act to what its form shows. `act` gets an idempotency key first; the key stays until the
 * act went well or `contents` (anything that JSON can write) are others. `fields`: those with a
 * place of their own for errors.
 */
export function useAct<Given extends unknown[]>(
  act: (key: string, ...given: Given) => Promise<unknown>,
  { fields = [], contents = () => null }: { fields?: readonly string[]; contents?: () => unknown } = {},
): Acting<Given> {
  const word = useRefusal();
  const busy = ref(false);
  const error = shallowRef<ApiError | null>(null);
  let key = "";
  let keyFor: string | null = null;

  const keyNow = (given: Given): string => {
    const now = JSON.stringify([contents(), given]);
    if (now !== keyFor) [key, keyFor] = [drawKey(), now];
    return key;
  };
  const run = async (...given: Given): Promise<boolean> => {
    if (busy.value) return false;
    busy.value = true;
    error.value = null;
    try {
      await act(keyNow(given), ...given);
      keyFor = null;
      return true;
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      error.value = thrown;
      return false;
    } finally {
      busy.value = false;
    }
  };
  const named = computed(() => {
    const field = error.value?.field ?? null;
    return field !== null && fields.includes(field) ? field : null;
  });
  return {
    busy,
    error,
    run,
    message: computed(() => (error.value && !named.value ? word(error.value) : "")),
    hint: (field) => (named.value === field ? word(error.value) : ""),
    clear: () => (error.value = null),
  };
}
