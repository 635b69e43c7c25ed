// Which queues need somebody now, alarms first, then what waits longest.

import type { StuckPage } from "@/api/types";
import type { Count, Counts } from "@/desk/counts";

/** Where each is worked on. */
export const PLACES: Readonly<Record<string, string>> = {
  stuck: "/stuck",
  reviews: "/reviews",
  certifications: "/certifications",
  papers: "/papers",
  alerts: "/alerts",
  refunds: "/refunds",
  payouts: "/payouts",
  differences: "/finance",
  invoices: "/finance",
  complaints: "/complaints",
};

export interface Waits extends Count {
  name: string;
}

export function queuesNow(counts: Counts, stuck: Pick<StuckPage, "stuck" | "counts"> | null): Waits[] {
  const all: Waits[] = Object.entries(counts).map(([name, count]) => ({ name, ...count }));
  const hang = Object.values(stuck?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  if (hang && !counts["stuck"]) {
    const oldest = stuck?.stuck.map((one) => one.since).sort()[0] ?? null;
    all.push({ name: "stuck", waiting: hang, oldest, alarm: true });
  }
  const since = ({ oldest }: Waits): number => (oldest ? Date.parse(oldest) : Infinity);
  return all
    .filter(({ name, waiting }) => waiting > 0 && name in PLACES)
    .sort((one, other) => Number(other.alarm ?? false) - Number(one.alarm ?? false) || since(one) - since(other));
}
