// The newest orders as this device saw them last, for when there is no network. Nothing of them is
// personal but the recipient's masked name and phone, and those are left out.

import type { OrderView } from "@/api/types";

const MOST = 20;

export function toKeep(orders: readonly OrderView[]): string {
  return JSON.stringify(orders.slice(0, MOST).map((order) => ({ ...order, recipient_masked: null, timeline: [] })));
}

/** What was kept, as far as it can be read. */
export function keptOrders(kept: string | null): OrderView[] {
  try {
    const orders: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(orders) ? orders.filter(isOrder) : [];
  } catch {
    return [];
  }
}

function isOrder(value: unknown): value is OrderView {
  const order = value as Partial<OrderView> | null;
  return typeof order?.order_id === "string" && Number.isInteger(order.version) && typeof order.created_at === "string";
}
