// Offline codes: the right to open one door once while its terminal has no network. They are
// fetched when an order is won or a cell is held, and kept here, since a basement has none either.

import { type ComputedRef, computed, onScopeDispose, shallowRef } from "vue";
import type { GrantsView, GrantView } from "@/api/types";
import { onDevice } from "@/api/keeping";
import { ownKey } from "@/api/own";
import { useNow } from "@/kit/time";
import { type SignedIn, useSignedIn } from "@/kit/signed_in";

const SOON_MS = 300; // several changes of orders are one look

/** What this device holds, whole or damaged: another version's is fetched anew. */
export function keptGrants(personId: string | null): readonly GrantView[] {
  if (!personId) return [];
  try {
    const kept = JSON.parse(onDevice.getItem(ownKey("grants", personId)) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

/** Those that may still be used at an instant of the server's. */
export const living = (grants: readonly GrantView[], nowMs: number): readonly GrantView[] =>
  grants.filter((grant) => Date.parse(grant.deadline) > nowMs);

export interface Grants {
  list: ComputedRef<readonly GrantView[]>;
  of(orderId: string): GrantView | null;
  /** Look soon: an order has changed. */
  lookSoon(): void;
}

/** This person's codes on this device, for as long as the component lives. */
export function useGrants(): Grants {
  const signedIn = useSignedIn();
  const { session, realtime } = signedIn;
  const kept = shallowRef(keptGrants(session.personId));
  const now = useNow();
  const look = looker(signedIn, (grants) => (kept.value = grants));
  const reread = (): void => {
    kept.value = keptGrants(session.personId);
  };
  const elsewhere = (event: StorageEvent): void => {
    if (session.personId && event.key === ownKey("grants", session.personId)) reread();
  };
  const back = (): void => {
    if (realtime.state === "live") look.soon();
  };
  addEventListener("storage", elsewhere);
  session.addEventListener("changed", reread);
  realtime.addEventListener("state", back);
  document.addEventListener("visibilitychange", back);
  onScopeDispose(() => {
    look.end();
    removeEventListener("storage", elsewhere);
    session.removeEventListener("changed", reread);
    realtime.removeEventListener("state", back);
    document.removeEventListener("visibilitychange", back);
  });
  const list = computed(() => living(kept.value, now.value));
  back();
  return {
    list,
    of: (orderId) => list.value.find((grant) => grant.order_id === orderId) ?? null,
    lookSoon: look.soon,
  };
}

/** Take what the server lists in place of what is here; without a network all stays. */
function looker({ session }: SignedIn, told: (grants: readonly GrantView[]) => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looks = 0; // an older look that ends late must not undo a newer one
  const look = async (): Promise<void> => {
    const { personId } = session;
    if (!personId) return;
    const mine = ++looks;
    let grants: readonly GrantView[];
    try {
      ({ grants } = await session.ask<GrantsView>("GET", "/v1/grants"));
    } catch {
      return; // looked for again with the next change, and when the connection is back
    }
    if (mine !== looks || personId !== session.personId) return;
    onDevice.setItem(ownKey("grants", personId), JSON.stringify(grants));
    told(grants);
  };
  return {
    soon: (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => void look(), SOON_MS);
    },
    end: (): void => {
      looks += 1;
      clearTimeout(timer);
    },
  };
}
