// Won orders: their order in the list, what is kept of them, what their pay waits for.

import { expect, test } from "vitest";
import type { OrderView } from "@/api/types";
import { inOrder, isJob, keepJobs, keptJobs, payWaitsFor } from "./jobs";

const job = (order_id: string, more: Partial<OrderView> = {}): OrderView =>
  ({ order_id, version: 1, custody: "claimed", pay_fen: 900, payout: "none", created_at: "2026-11-22T06:00:00Z", pickup_until: null, recipient_masked: "李*", timeline: [{}], rejection: null, ...more }) as OrderView;

test("what is due comes first, the nearest deadline before all", () => {
  const jobs = [
    job("done", { custody: "done" }), job("late", { pickup_until: "2026-11-22T09:00:00Z" }),
    job("collected", { custody: "collected" }), job("soon", { pickup_until: "2026-11-22T07:00:00Z" }), job("out", { custody: "collecting" }),
  ];
  expect(inOrder(jobs).map((one) => one.order_id)).toEqual(["out", "soon", "late", "collected", "done"]);
});

test("own parcels and orders that went back are no jobs", () => {
  expect([isJob(job("A")), isJob(job("A", { pay_fen: null })), isJob(job("A", { custody: "open" }))]).toEqual([true, false, false]);
});

test("nothing personal is kept, and what is damaged counts as nothing", () => {
  const kept = new Map<string, string>();
  const keep = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, text: string) => void kept.set(key, text) };
  keepJobs("p", [job("A")], keep);
  expect([...kept.entries()].flat().join()).not.toContain("李");
  expect([...kept.keys()]).toEqual(["lanjian.jobs.p"]);
  expect(keptJobs("p", keep).map((one) => one.order_id)).toEqual(["A"]);
  kept.set("lanjian.jobs.p", "[7, null, {}]");
  expect(keptJobs("p", keep)).toEqual([]);
  kept.set("lanjian.jobs.p", "{");
  expect(keptJobs("p", keep)).toEqual([]);
});

test.each([
  [{ custody: "claimed" }, "collect"], [{ custody: "collected" }, "upload"],
  [{ custody: "collected", rejection: "x" }, "mend"], [{ custody: "in_review" }, "review"],
  [{ custody: "done", payout: "payable" }, "payout"], [{ custody: "done", payout: "paid_out" }, null], [{ custody: "returning" }, null],
] as const)("%o waits for %s", (more, waits) => expect(payWaitsFor(job("A", more))).toBe(waits));
