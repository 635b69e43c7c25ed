// Orders as lists show them: the newest version of each wins, whatever order they arrive in.

import type { OrderView } from "@/api/types";

/** The orders of one list, kept by id and version. */
export class OrderBook {
  private readonly orders = new Map<string, OrderView>();
  private readonly heard = new Map<string, { version: number; turn: number }>(); // also of those not wanted
  private turn = 0; // grows with each question
  private replacedBy = 0; // the question whose answer stands

  constructor(private readonly wanted: (order: OrderView) => boolean = () => true) {}

  /** A question for all of them goes out: what is heard from here on is newer than its answer. */
  ask(): number {
    return ++this.turn;
  }

  /**
   * Put the answer to a question in place of all; what is known in a newer version already stays so,
   * and so does what was heard since it was asked. The answer to an older question changes nothing.
   */
  replace(orders: readonly OrderView[], question = this.ask()): void {
    if (question < this.replacedBy) return;
    this.replacedBy = question;
    const older = new Map(this.orders);
    this.orders.clear();
    for (const [id, known] of older) if (this.heard.get(id)!.turn >= question) this.orders.set(id, known);
    for (const order of orders) {
      const known = older.get(order.order_id);
      if (known && known.version > order.version) this.orders.set(order.order_id, known);
      else if (!this.isOld(order)) this.keep(withRecipient(order, known), 0);
    }
  }

  /** Take changes or an older page of a history; gives whether any was new. */
  add(orders: readonly OrderView[]): boolean {
    return orders.map((order) => this.apply(order)).some(Boolean);
  }

  /** Take a change; false if it was known or older. */
  apply(order: OrderView): boolean {
    const known = this.orders.get(order.order_id);
    if (this.isOld(order)) return false;
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

  private isOld(order: OrderView): boolean {
    return (this.heard.get(order.order_id)?.version ?? 0) > order.version;
  }

  private keep(order: OrderView, turn = this.turn): void {
    this.heard.set(order.order_id, { version: order.version, turn });
    if (this.wanted(order)) this.orders.set(order.order_id, order);
    else this.orders.delete(order.order_id);
  }
}

/** Pushes carry nothing personal: a living order keeps the masked recipient that it came with. */
function withRecipient(order: OrderView, known: OrderView | undefined): OrderView {
  if (order.recipient_masked || !known || order.custody === "done") return order;
  return { ...order, recipient_masked: known.recipient_masked };
}
