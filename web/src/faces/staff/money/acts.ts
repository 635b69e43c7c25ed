// What may be done with a refund or a payout, as the states of both allow; the server judges. Pure.

import type { RefundView, StaffPayoutView } from "@/api/types";

export interface MoneyAct {
  /** Its words: `refunds.retry`, `payouts.hold`. */
  name: string;
  /** Below the thing's own path. */
  path: string;
  /** What is sent beside the reason. */
  more?: Readonly<Record<string, unknown>>;
  danger?: boolean;
}

const UNDER_WAY = new Set(["asked", "awaiting_confirmation", "sending", "canceling"]);
const IN_VAIN = new Set(["failed", "cancelled"]);

export function actsOfRefund(refund: RefundView): MoneyAct[] {
  const acts: MoneyAct[] = [];
  if (refund.state === "stuck") acts.push({ name: "retry", path: "retry" });
  // The server refuses it while the wallet may still give the money back.
  if (refund.state === "stuck" || (refund.state === "asked" && refund.trouble)) acts.push({ name: "settle", path: "settle", danger: true });
  return acts;
}

/** `all`: what is shown beside it; only an order's last try is issued anew. */
export function actsOfPayout(payout: StaffPayoutView, all: readonly StaffPayoutView[]): MoneyAct[] {
  const acts: MoneyAct[] = [];
  const underWay = UNDER_WAY.has(payout.state);
  const isLast = !all.some((one) => one.order_id === payout.order_id && one.attempt > payout.attempt);
  if (payout.state === "payable") acts.push({ name: "pay", path: "pay" }, { name: "hold", path: "hold" });
  if (payout.state === "held") acts.push({ name: "release", path: "release" });
  if (underWay) acts.push({ name: "cancel", path: "cancel" });
  if (underWay || (IN_VAIN.has(payout.state) && isLast)) acts.push({ name: "reissue", path: "reissue" });
  if (payout.trouble === "unheard" && underWay) {
    acts.push({ name: "settle_paid", path: "settle", more: { paid: true } }, { name: "settle_unpaid", path: "settle", more: { paid: false } });
  }
  if (payout.by_hand) acts.push({ name: "correct_unpaid", path: "settle", more: { paid: false } });
  if (payout.owed_fen && payout.afterwards !== "set_off") acts.push({ name: "set_off", path: "set-off" });
  if (payout.owed_fen) acts.push({ name: "write_off", path: "write-off", danger: true });
  return acts;
}

/** The most that one request pays. */
export const MOST_AT_ONCE = 50;

/** Those of a list that wait for their pay: as many as one request takes. */
export const payable = (payouts: readonly StaffPayoutView[]): StaffPayoutView[] =>
  payouts.filter((payout) => payout.state === "payable").slice(0, MOST_AT_ONCE);

export const sumOf = (payouts: readonly StaffPayoutView[]): number => payouts.reduce((sum, payout) => sum + payout.amount_fen, 0);
