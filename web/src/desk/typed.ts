// What is typed on the desk and kept in this tab: forms' drafts and answers to questions. It is one
// person's, and goes when another one works in the tab; who only logs in again finds it. Drafts that
// name their owner (of the pages for phones) are found by nobody else, and stay.

import { inTab, type Kept } from "@/api/keeping";
import { hasOwner } from "@/api/own";

const OF = "lanjian.desk.typed_by";
const KEPT = ["lanjian.draft.", "lanjian.question."];

/** Forget what somebody else typed in this tab. */
export function keepTypedOf(person: string, tab: Kept = inTab): void {
  if (tab.getItem(OF) === person) return;
  for (const name of tab.names()) if (KEPT.some((kept) => name.startsWith(kept)) && !hasOwner(name)) tab.removeItem(name);
  tab.setItem(OF, person);
}
