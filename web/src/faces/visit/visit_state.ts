// A visit's views, and what of them counts: which one is newer, what a push leaves out, which
// step is shown. The door's steps are told by its sensor, never by a button.

import type { OrderView, VisitView } from "@/api/types";

const AT_DOOR = new Set(["depositing", "collecting"]);
const AT_WORK = new Set(["claimed", "collecting"]);
const INSIDE = new Set(["deposited", "open", "returning"]);

/** What of the page is shown for a visit. */
export type Step =
  | "log_in" | "bind_phone" | "choose_role" | "fill_waybill" | "choose_order" | "door" | "pay"
  | "certify" | "pickup" | "bind" | "take_back" | "done" | "unknown";

const STEPS: Readonly<Record<string, Step>> = {
  log_in: "log_in",
  bind_phone: "bind_phone",
  choose_role: "choose_role",
  fill_waybill: "fill_waybill",
  choose_order: "choose_order",
  deposit: "choose_order",
  pay: "pay",
  certify: "certify",
  pickup: "pickup",
  take_back: "take_back",
  done: "done",
};

/** Tell which step to show. */
export function stepOf(visit: VisitView): Step {
  if (isAtDoor(visit)) return "door";
  if (visit.next === "pickup" && visit.current?.custody === "claimed") return "bind";
  return STEPS[visit.next] ?? "unknown";
}

/** Whether this person stands at a door now: depositing, collecting, or taking back. */
function isAtDoor({ current, door, next }: VisitView): boolean {
  if (!current?.placement || next === "done") return false;
  return AT_DOOR.has(current.custody) || (current.custody === "returning" && Boolean(door));
}

export type Door = "opening" | "open" | "closed" | "failed";

/** How the current order's door stands; what is not told is taken as failed, with its way out. */
export function doorOf({ door }: VisitView): Door {
  return door === "opening" || door === "open" || door === "closed" ? door : "failed";
}

/** Whether a view is older than the one that is shown: a late answer, the socket was quicker. */
export function isOlder(next: VisitView, shown: VisitView | null): boolean {
  const [one, other] = [next.current, shown?.current];
  if (next.visit_id !== shown?.visit_id || !one || !other) return false;
  return one.order_id === other.order_id && one.version < other.version;
}

/** A pushed view with the masked recipients that are known here: pushes carry nothing personal. */
export function withRecipients(pushed: VisitView, shown: VisitView | null): VisitView {
  const known = new Map(ordersOf(shown).filter((one) => one.recipient_masked).map((one) => [one.order_id, one]));
  const filled = (order: OrderView): OrderView => {
    const masked = known.get(order.order_id)?.recipient_masked;
    return order.recipient_masked || !masked || order.custody === "done" ? order : { ...order, recipient_masked: masked };
  };
  return { ...pushed, current: pushed.current && filled(pushed.current), orders: pushed.orders.map(filled) };
}

/** Whether an order of this visit is newer than the view knows it. */
export function isNews(order: OrderView, shown: VisitView | null): boolean {
  const known = ordersOf(shown).find((one) => one.order_id === order.order_id);
  return known !== undefined && known.version < order.version;
}

const ordersOf = (visit: VisitView | null): OrderView[] =>
  visit ? [...(visit.current ? [visit.current] : []), ...visit.orders] : [];

/** For which cell an offline code may be had now; changes when another has to be looked for. */
export function codeWantedFor({ current }: VisitView): string | null {
  const held = current?.placement && ["claimed", "depositing"].includes(current.custody);
  return held ? `${current.order_id} ${current.placement!.cell}` : null;
}

/** The orders of a visit by what may be done with them here. */
export const waiting = (visit: VisitView): OrderView[] => visit.orders.filter((one) => one.custody === "placed");
export const inside = (visit: VisitView): OrderView[] => visit.orders.filter((one) => INSIDE.has(one.custody));
export const toCollect = (visit: VisitView): OrderView[] => visit.orders.filter((one) => AT_WORK.has(one.custody));
