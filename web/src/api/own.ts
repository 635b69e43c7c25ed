// What this device keeps of one account. All of it goes when the account logs out; what was typed
// stays where a session only ran out, since the same person logs in again.

import { inTab, type Keep, onDevice } from "./keeping";

/**
 * Offline codes, won orders, own orders, claims under way: told by the server, or of use once. Being on
 * duty, and then (a tab that hears it must not look for its place meanwhile) where a courier said to be.
 */
const TOLD = ["grants", "jobs", "orders", "claims", "duty", "place.typed"] as const;

export const ownKey = (what: (typeof TOLD)[number], personId: string): string => `lanjian.${what}.${personId}`;

const DRAFT = "lanjian.draft.";

/** The name of a draft of somebody's: `lanjian.draft.KIND.PERSON`, or with an order's number between. */
export const ownDraft = (name: string, personId: string): string => `${name}.${personId}`;

/** Whether a kept name is of somebody's draft. */
export const hasOwner = (name: string): boolean => name.startsWith(DRAFT) && /\.P[0-9A-Z]+$/.test(name);

type Names = Keep & { names(): string[] };

const draftsOf = (personId: string, keep: Names): string[] =>
  keep.names().filter((name) => name.startsWith(DRAFT) && name.endsWith(`.${personId}`));

/** The kinds of forms in which somebody has typed what was not sent: "waybill", "complaint". */
export function typedBy(personId: string, keeps: readonly Names[] = [onDevice, inTab]): string[] {
  const names = keeps.flatMap((keep) => draftsOf(personId, keep));
  return [...new Set(names.map((name) => name.slice(DRAFT.length).split(".", 1)[0]!))];
}

/** Forget what was told of an account. */
export function forgetTold(personId: string, keep: Keep = onDevice): void {
  for (const what of TOLD) keep.removeItem(ownKey(what, personId));
}

/** Forget what somebody typed; other tabs forget their own. */
export function forgetTyped(personId: string, keeps: readonly Names[] = [onDevice, inTab]): void {
  for (const keep of keeps) for (const name of draftsOf(personId, keep)) keep.removeItem(name);
}
