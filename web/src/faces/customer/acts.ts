// What a customer may do with an order, and how far it is; pure.

import type { OrderView } from "@/api/types";

const CANCELLABLE = new Set(["placed", "depositing", "deposited", "open"]);
const INSIDE = new Set(["deposited", "open"]);

/** The order may be given up: before its parcel is inside, or with a way to the terminal after that. */
export const mayCancel = (order: OrderView): boolean => CANCELLABLE.has(order.custody);

/** Giving it up means to take a parcel out of its cell. */
export const isInside = (order: OrderView): boolean => INSIDE.has(order.custody);

/** The parcel lies in its cell and waits for its payment. */
export const mayPay = (order: OrderView): boolean => order.charge === "unpaid" && order.custody === "deposited";

/** The door was opened with an offline code, and the terminal has told of it since: is it inside? */
export const isToConfirm = (order: OrderView): boolean => order.custody === "depositing" && Boolean(order.placement?.closed);

/** Nobody owes anything before the deposit. */
export const showsCharge = (order: OrderView): boolean =>
  !["placed", "depositing", "cancelled"].includes(order.custody) || order.charge !== "unpaid";

/** The key of what comes next, or null. */
export function nextOf(order: OrderView): string | null {
  if (mayPay(order)) return "unpaid";
  return ["placed", "depositing", "open", "claimed", "returning"].includes(order.custody) ? order.custody : null;
}

export type Door = "still" | "opening" | "open" | "closed";

/** How the parcel's door stands, as far as this order tells. */
export function doorOf(order: OrderView): Door | null {
  const at = order.placement;
  if (!at) return null;
  if (at.opened) return at.closed ? "closed" : "open";
  const last = order.timeline.at(-1)?.step;
  return last === "door_asked" ? "opening" : "still";
}

const STAGES = ["placed", "stored", "collected", "done"] as const;
export type Stage = (typeof STAGES)[number];

/** The stages of a parcel that goes its way, and which of them it is at; null when it goes back. */
export function stagesOf(order: OrderView): { stages: readonly Stage[]; at: number } | null {
  const at: Record<string, number> = {
    placed: 0, depositing: 0, deposited: 1, open: 1, claimed: 1, collecting: 1, collected: 2, in_review: 2, done: 3,
  };
  const found = at[order.custody];
  return found === undefined ? null : { stages: STAGES, at: found };
}

/** The newer of two views of one order; the timeline is only in the one that was read alone. */
export function newer(read: OrderView | null, pushed: OrderView | null): OrderView | null {
  if (!read || !pushed || pushed.version <= read.version) return read ?? pushed;
  return { ...pushed, timeline: read.timeline, recipient_masked: pushed.recipient_masked ?? read.recipient_masked };
}
