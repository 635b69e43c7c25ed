// Orders as lists show them: the newest version of each wins, whatever order they arrive in.

import type { OrderView } from "@/api/types";

/** The orders of one list, kept by id and version. */
export class OrderBook {
  private readonly orders = new Map<string, OrderView>();

  constructor(private readonly wanted: (order: OrderView) => boolean = () => true) {}

  /** Put these in place of all; what is known in a newer version already stays so. */
  replace(orders: readonly OrderView[]): void {
    const older = new Map(this.orders);
    this.orders.clear();
    for (const order of orders) {
      const known = older.get(order.order_id);
      this.keep(known && known.version > order.version ? known : withRecipient(order, known));
    }
  }

  /** Take changes or an older page of a history; gives whether any was new. */
  add(orders: readonly OrderView[]): boolean {
    return orders.map((order) => this.apply(order)).some(Boolean);
  }

  /** Take a change; false if it was known or older. */
  apply(order: OrderView): boolean {
    const known = this.orders.get(order.order_id);
    if (known && known.version > order.version) return false;
    if (known?.version === order.version && (known.recipient_masked || !order.recipient_masked)) return false;
    this.keep(withRecipient(order, known));
    return true;
  }

  get(id: string): OrderView | null {
    return this.orders.get(id) ?? null;
  }

  /** Newest first. */
  list(): OrderView[] {
    return [...this.orders.values()].sort((one, other) => other.created_at.localeCompare(one.created_at));
  }

  private keep(order: OrderView): void {
    if (this.wanted(order)) this.orders.set(order.order_id, order);
    else this.orders.delete(order.order_id);
  }
}

/** Pushes carry nothing personal: a living order keeps the masked recipient that it came with. */
function withRecipient(order: OrderView, known: OrderView | undefined): OrderView {
  if (order.recipient_masked || !known || order.custody === "done") return order;
  return { ...order, recipient_masked: known.recipient_masked };
}
