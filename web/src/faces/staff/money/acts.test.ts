import { describe, expect, it } from "vitest";
import type { RefundView, StaffPayoutView } from "@/api/types";
import { actsOfPayout, actsOfRefund, payable, sumOf } from "./acts";

const payout = (more: Partial<StaffPayoutView>): StaffPayoutView => ({
  payout_id: "T1", order_id: "LJ1", courier_id: "P1", amount_fen: 600, wallet: "wechat", state: "payable", attempt: 1,
  created_at: "", not_before: "", asked_at: null, waits: null, trouble: null, afterwards: null, owed_fen: 0, written_off_fen: 0, by_hand: false, ...more,
});
const names = (one: StaffPayoutView, all: readonly StaffPayoutView[] = [one]): string[] => actsOfPayout(one, all).map(({ name }) => name);
const refund = (state: string, trouble: string | null = null): string[] => actsOfRefund({ state, trouble } as RefundView).map(({ name }) => name);

it("a refund is asked again when stuck, and settled by hand when its wallet is in trouble", () => {
  expect(refund("stuck")).toEqual(["retry", "settle"]);
  expect(refund("asked", "no_answer")).toEqual(["settle"]);
  expect([refund("asked"), refund("done"), refund("by_hand", "x")]).toEqual([[], [], []]);
});

describe("a payout", () => {
  it("is paid or held while it waits, released while held", () => {
    expect(names(payout({}))).toEqual(["pay", "hold"]);
    expect(names(payout({ state: "held" }))).toEqual(["release"]);
  });
  it("is taken back or issued anew while under way", () => {
    expect(names(payout({ state: "awaiting_confirmation" }))).toEqual(["cancel", "reissue"]);
  });
  it("is settled when its wallet does not know it", () => {
    expect(names(payout({ state: "asked", trouble: "unheard" }))).toEqual(["cancel", "reissue", "settle_paid", "settle_unpaid"]);
    expect(names(payout({ state: "failed", trouble: "unheard" }))).toEqual(["reissue"]);
  });
  it("is issued anew as the order's last try only", () => {
    const first = payout({ state: "cancelled" });
    expect(names(first)).toEqual(["reissue"]);
    expect(names(first, [first, payout({ payout_id: "T2", attempt: 2 })])).toEqual([]);
    expect(names(first, [first, payout({ payout_id: "T9", order_id: "LJ2", attempt: 2 })])).toEqual(["reissue"]);
  });
  it("is corrected, set off, written off", () => {
    expect(names(payout({ state: "done", by_hand: true }))).toEqual(["correct_unpaid"]);
    expect(names(payout({ state: "paid_late", owed_fen: 600 }))).toEqual(["set_off", "write_off"]);
    expect(names(payout({ state: "paid_late", owed_fen: 600, afterwards: "set_off" }))).toEqual(["write_off"]);
  });
  it("is paid with the others, fifty at most", () => {
    const many = [...Array(60).keys()].map((at) => payout({ payout_id: `T${at}`, state: at % 2 ? "held" : "payable" }));
    expect(payable(many)).toHaveLength(30);
    expect(payable([...many, ...many, ...many])).toHaveLength(50);
    expect(sumOf(payable(many))).toBe(18_000);
  });
});
