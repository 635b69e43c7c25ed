// The offers around a courier: newest version of each, nearest first, drawn a few times a second
// however many come at once.

import type { OfferView, PushEvent } from "@/api/types";
import { metresBetween, type Place } from "@/kit/places";

export interface Near {
  offer: OfferView;
  metres: number | null;
}

/** Offers by order and version. Each change gives whether anything is other than before. */
export class OfferBook {
  private offers = new Map<string, OfferView>();

  replace(offers: readonly OfferView[]): void {
    this.offers = new Map(offers.map((offer) => [offer.order_id, offer]));
  }

  /** Take an event of the feed; gives the offer if it is one that was not known. */
  heard(event: PushEvent): OfferView | null {
    if (event.type === "offer_opened") return this.opened(event.offer);
    if (event.type === "offer_gone") this.gone(event);
    return null;
  }

  /** Off the feed in this version; a newer offer of the same order stays. */
  gone({ order_id, offer_version }: { order_id: string; offer_version: number }): void {
    const known = this.offers.get(order_id);
    if (known && known.offer_version <= offer_version) this.offers.delete(order_id);
  }

  get(orderId: string): OfferView | null {
    return this.offers.get(orderId) ?? null;
  }

  /** Nearest first; without a place the newest first. */
  around(place: Place | null): Near[] {
    const near = [...this.offers.values()].map((offer) => ({
      offer,
      metres: place ? metresBetween(place, offer) : null,
    }));
    return near.sort(
      (one, other) =>
        (one.metres ?? 0) - (other.metres ?? 0) || other.offer.opened_at.localeCompare(one.offer.opened_at),
    );
  }

  private opened(offer: OfferView): OfferView | null {
    const known = this.offers.get(offer.order_id);
    if (known && known.offer_version > offer.offer_version) return null;
    this.offers.set(offer.order_id, offer);
    return known?.offer_version === offer.offer_version ? null : offer;
  }
}

/** What a merger needs of the clock: the browser's timers, or a test's. */
export interface Timers {
  later(act: () => void, ms: number): unknown;
}

const browserTimers: Timers = { later: (act, ms) => setTimeout(act, ms) };

/**
 * Many changes, one drawing: at once for the first, then at most one in `everyMs`. While it is held
 * (a finger is on the list) nothing is drawn, so that no button moves away under the finger.
 */
export class Merger {
  private waiting = false;
  private resting = false;
  private held = false;

  constructor(
    private readonly draw: () => void,
    private readonly everyMs: number,
    private readonly timers: Timers = browserTimers,
  ) {}

  changed(): void {
    this.waiting = true;
    this.turn();
  }

  hold(held: boolean): void {
    this.held = held;
    this.turn();
  }

  private turn(): void {
    if (!this.waiting || this.resting || this.held) return;
    this.waiting = false;
    this.resting = true;
    this.draw();
    this.timers.later(() => {
      this.resting = false;
      this.turn();
    }, this.everyMs);
  }
}
