// Claiming an offer: the request id is kept on this device until the answer is known, so that a
// retry after a broken connection or a reload can neither win twice nor lose what was won.

import { ApiError } from "@/api/errors";
import { type Keep, onDevice } from "@/api/keeping";
import { ownKey } from "@/api/own";
import type { OrderView } from "@/api/types";
import { drawKey } from "@/api/wire";

const MOST = 40;
const ASKS_ITSELF_MS = 120_000; // a claim that is older is repeated only by the courier's own tap

export interface Offered {
  order_id: string;
  offer_version: number;
}

export interface Claim extends Offered {
  id: string;
  at: number; // this device's time
}

/** The claims of one person whose answer is not known. */
export class OpenClaims {
  constructor(
    private readonly person: string,
    private readonly keep: Pick<Keep, "getItem" | "setItem"> = onDevice,
    private readonly now: () => number = Date.now,
  ) {}

  /** The claim of an offer: the one under way, or a new one. */
  of(offer: Offered): Claim {
    const all = this.list();
    const known = all.find((claim) => same(claim, offer));
    if (known) return known;
    const { order_id, offer_version } = offer;
    const claim = { order_id, offer_version, id: drawKey(), at: this.now() };
    this.write([...all, claim].slice(-MOST));
    return claim;
  }

  /** Its answer is known. */
  answered(offer: Offered): void {
    this.write(this.list().filter((claim) => !same(claim, offer)));
  }

  /** What is to be asked again without a tap: claimed a moment before a reload or a break. */
  fresh(): Claim[] {
    return this.list().filter((claim) => this.now() - claim.at < ASKS_ITSELF_MS);
  }

  private list(): Claim[] {
    try {
      const kept = JSON.parse(this.keep.getItem(this.key()) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch {
      return [];
    }
  }

  private write(claims: readonly Claim[]): void {
    this.keep.setItem(this.key(), JSON.stringify(claims));
  }

  private key(): string {
    return ownKey("claims", this.person);
  }
}

const same = (one: Offered, other: Offered): boolean =>
  one.order_id === other.order_id && one.offer_version === other.offer_version;

/** How a claim stands: `unsure` may be asked again with the same id. */
export type Outcome = "asking" | "won" | "gone" | "no" | "unsure";

export interface Answer {
  orderId: string;
  outcome: Outcome;
  /** A text of `courier.claim`, or null: then `error` says it in its own words. */
  text: string | null;
  values: Record<string, string | number>;
  error: ApiError | null;
  until: string | null; // of a win: collect within
}

const UNSURE = new Set(["timeout", "offline", "unavailable", "outcome_unknown", "strange"]);
const GONE = new Set(["taken", "offer_closed", "not_found"]);
const WORDS = new Set(["offer_closed", "stale", "cap_reached", "barred", "not_certified", "not_found", "limited"]);

export const won = (order: OrderView): Answer => ({
  orderId: order.order_id, outcome: "won", text: "won", values: {}, error: null, until: order.pickup_until,
});

/** What a refusal says: how much earlier the other was, never who. */
export function refused(offer: Offered, error: ApiError): Answer {
  const base = { orderId: offer.order_id, error, until: null, values: {} };
  if (UNSURE.has(error.code) || error.status >= 500) return { ...base, outcome: "unsure", text: "unsure" };
  if (error.code === "taken") return { ...base, ...taken(error.details["earlier_seconds"]) };
  const outcome = GONE.has(error.code) ? "gone" : "no";
  if (error.rule === "not_your_own") return { ...base, outcome, text: "own" };
  if (error.code === "cap_reached") {
    const { cap, carrying } = error.details as { cap?: number; carrying?: number };
    if (typeof cap === "number") return { ...base, outcome, text: "cap_at", values: { cap, carrying: carrying ?? cap } };
  }
  return { ...base, outcome, text: WORDS.has(error.code) ? error.code : null };
}

function taken(earlier: unknown): Pick<Answer, "outcome" | "text" | "values"> {
  if (typeof earlier !== "number") return { outcome: "gone", text: "taken", values: {} };
  const seconds = earlier < 0.01 ? earlier.toFixed(3) : earlier.toFixed(2);
  return { outcome: "gone", text: "earlier", values: { seconds } };
}
