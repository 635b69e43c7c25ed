// The orders that a courier won: live, and kept on this device for where there is no network.

import type { OrderView } from "@/api/types";
import { type Keep, onDevice } from "@/api/keeping";
import { ownKey } from "@/api/own";

const MOST = 40;

/** Won ones: not own parcels, and not those handed back or lost to time. */
export const isJob = (order: OrderView): boolean => order.pay_fen !== null && order.custody !== "open";

export type Due = "now" | "later" | "past";

/** What the courier has to do something about comes first, the nearest deadline before all. */
export function inOrder(jobs: readonly OrderView[]): OrderView[] {
  const rank = (job: OrderView): number => RANK[job.custody] ?? 9;
  const ends = (job: OrderView): string => (job.custody === "claimed" ? (job.pickup_until ?? "~") : "~");
  return [...jobs].sort(
    (one, other) =>
      rank(one) - rank(other) || ends(one).localeCompare(ends(other)) || other.created_at.localeCompare(one.created_at),
  );
}

const RANK: Readonly<Record<string, number>> = { collecting: 0, claimed: 1, collected: 2, in_review: 3, returning: 4, done: 5 };

/** Keep them for the basement, without what is personal. */
export function keepJobs(personId: string, jobs: readonly OrderView[], keep: Pick<Keep, "setItem"> = onDevice): void {
  const bare = inOrder(jobs)
    .slice(0, MOST)
    .map((job) => ({ ...job, recipient_masked: null, timeline: [] }));
  keep.setItem(ownKey("jobs", personId), JSON.stringify(bare));
}

export function keptJobs(personId: string, keep: Pick<Keep, "getItem"> = onDevice): OrderView[] {
  try {
    const kept = JSON.parse(keep.getItem(ownKey("jobs", personId)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((job) => typeof job?.order_id === "string" && isJob(job)) : [];
  } catch {
    return [];
  }
}

/** What a pay that is not there yet waits for, by where its parcel is. */
export function payWaitsFor(job: OrderView): "collect" | "upload" | "mend" | "review" | "payout" | null {
  if (job.custody === "claimed" || job.custody === "collecting") return "collect";
  if (job.custody === "collected") return job.rejection ? "mend" : "upload";
  if (job.custody === "in_review") return "review";
  return job.custody === "done" && ["none", "earned", "payable"].includes(job.payout) ? "payout" : null;
}
