// Asking for an SMS code: the wait until the next may be asked for, and what the server refused.

import { computed, ref, type ComputedRef, type Ref } from "vue";
import { ApiError } from "@/api/errors";
import type { CodeSent } from "@/api/types";
import { useRefusal } from "@/i18n/refusals";
import { useNow } from "./time";

export interface SmsCodeAsking {
  busy: Ref<boolean>;
  /** What is wrong with the asking itself; "" for nothing. */
  wrong: Ref<string>;
  /** Until the next code may be asked for; 0 for now. */
  seconds: ComputedRef<number>;
  askNow: () => Promise<void>;
}

/**
 * Ask for codes by `ask`; `sent` is called after each, and `refused` with a refusal that names
 * another field of the form.
 */
export function useSmsCode(
  ask: () => Promise<CodeSent>,
  { sent, refused }: { sent: () => void; refused: (error: ApiError) => void },
): SmsCodeAsking {
  const word = useRefusal();
  const now = useNow();
  const busy = ref(false);
  const againAt = ref(0);
  const wrong = ref("");
  const seconds = computed(() => Math.max(0, Math.ceil((againAt.value - now.value) / 1000)));

  async function askNow(): Promise<void> {
    busy.value = true;
    wrong.value = "";
    try {
      const told = await ask();
      againAt.value = now.value + told.resend_after_seconds * 1000;
      sent();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const wait = error.details["retry_after_seconds"];
      if (typeof wait === "number") againAt.value = now.value + wait * 1000;
      // A limit's field says whose limit it is, not which field to mend.
      if (error.field && wait === undefined) refused(error);
      else wrong.value = word(error);
    } finally {
      busy.value = false;
    }
  }

  return { busy, wrong, seconds, askNow };
}
