// What staff may do to an order as it is, by their roles: the buttons of its page.

import type { FixView, OrderView } from "@/api/types";
import { hasAny } from "@/desk/sections";

const CANCELLABLE = new Set(["placed", "depositing", "deposited", "open", "claimed", "collecting"]);
const DESK = ["operator", "reviewer", "admin"];
const OPERATORS = ["operator", "admin"];
const FINANCE = ["finance", "admin"];

const post = (name: string, path: string, body: FixView["body"] = {}, asks: readonly string[] = ["reason"]): FixView => ({
  name, method: "POST", path, page: "", body, asks,
});

/** The acts that an order's page offers, in the order of their buttons. */
export function actsOf(order: OrderView, roles: readonly string[]): FixView[] {
  const acts: FixView[] = [];
  const at = `/v1/staff/orders/${order.order_id}`;
  const version = { offer_version: order.offer_version ?? 1 };
  if (hasAny(roles, DESK)) {
    if (["open", "claimed"].includes(order.custody)) acts.push(post("assign", `${at}/assign`, { ...version, held_by: order.courier_id ?? "" }, ["courier_id", "reason"]));
    if (order.custody === "claimed") acts.push(post("unassign", `${at}/unassign`, version));
    if (CANCELLABLE.has(order.custody)) acts.push(post("cancel", `/v1/orders/${order.order_id}/cancel`));
  }
  if (hasAny(roles, OPERATORS)) {
    if (order.waits_for_terminal && order.grant_id) acts.push(post("release_grant", `/v1/orders/${order.order_id}/grant/release`, { grant_id: order.grant_id }));
    const place = order.placement;
    if (place) acts.push(post("open_door", `/v1/terminals/${place.terminal_id}/cells/${place.cell}/open`));
  }
  if (hasAny(roles, FINANCE) && order.charge === "paid") acts.push(post("refund", `${at}/refunds`, {}, ["amount_fen", "reason"]));
  return acts;
}

/** Fen of an amount in yuan as people type it; null where it is none. Empty: undefined, all of it. */
export function fenOf(yuan: string): number | null | undefined {
  const text = yuan.trim();
  if (!text) return undefined;
  const found = /^([0-9]{1,6})(?:\.([0-9]{1,2}))?$/.exec(text);
  if (!found) return null;
  const fen = Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
  return fen > 0 ? fen : null;
}
