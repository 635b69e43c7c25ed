// The map as a list: what is in view, worst and oldest first, bounded. For keyboards and screen
// readers it is the map.

import type { MapOrder } from "@/api/types";
import type { Courier, Held, Terminal } from "./held";
import type { Shown } from "./pane";

export const MOST_ROWS = 50;
const LEVELS = ["alarm", "warning", "notice", "fine"];

export interface OrderRow extends MapOrder {
  terminal: Terminal;
}

export interface Rows<Row> {
  rows: readonly Row[];
  /** In view, and not among the rows. */
  more: number;
  /** Within numbers on the map. */
  clustered: number;
}

export interface Listed {
  couriers: Rows<Courier>;
  terminals: Rows<Terminal>;
  orders: Rows<OrderRow>;
}

const NONE = { rows: [], more: 0, clustered: 0 };

export function listed(held: Held, shown: Shown): Listed {
  const clustered = (kind: "couriers" | "terminals") =>
    [...held.clusters.values()].reduce((sum, one) => sum + (one.kind === kind ? one.count : 0), 0);
  const terminals = [...held.terminals.values()];
  const orders = terminals.flatMap((terminal) => terminal.orders.map((order) => ({ ...order, terminal })));
  const all = terminals.reduce((sum, one) => sum + one.open_orders, 0);
  const within = [...held.clusters.values()].reduce((sum, one) => sum + one.orders, 0);
  return {
    couriers: shown.couriers ? first([...held.couriers.values()].sort((one, other) => one.at - other.at || one.id.localeCompare(other.id)), clustered("couriers")) : NONE,
    terminals: shown.terminals ? first(terminals.sort(worstFirst), clustered("terminals")) : NONE,
    orders: shown.orders ? first(orders.sort((one, other) => Date.parse(one.since) - Date.parse(other.since)), within, all - orders.length) : NONE,
  };
}

function worstFirst(one: Terminal, other: Terminal): number {
  return LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level) || other.open_doors.length - one.open_doors.length || one.terminal_id.localeCompare(other.terminal_id);
}

function first<Row>(rows: readonly Row[], clustered: number, unnamed = 0): Rows<Row> {
  return { rows: rows.slice(0, MOST_ROWS), more: Math.max(0, rows.length - MOST_ROWS) + unnamed, clustered };
}
