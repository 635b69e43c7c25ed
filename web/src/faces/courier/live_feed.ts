// The offers around the courier, live, and the claims made of them.

import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef } from "vue";
import { ApiError } from "@/api/errors";
import type { Claimed, ClaimWonView, OrderView } from "@/api/types";
import type { Place } from "@/kit/places";
import { useChannel, useSignedIn } from "@/kit/signed_in";
import { type Answer, OpenClaims, type Offered, type Outcome, refused, won } from "./claims";
import { Merger, type Near, OfferBook } from "./feed";

const DRAW_MS = 300;
const ANSWERS_KEPT = 6;

export interface Feed {
  near: ShallowRef<readonly Near[]>;
  /** Whether a snapshot has come. */
  known: Ref<boolean>;
  failed: ShallowRef<ApiError | null>;
  /** How the claims of offers stand, by order. */
  standing: ShallowRef<ReadonlyMap<string, Outcome>>;
  answers: ShallowRef<readonly Answer[]>;
  claim(offer: Offered): Promise<void>;
  /** Say something about an order where the answers are. */
  answer(answer: Answer): void;
  dismiss(answer: Answer): void;
  has(orderId: string): boolean;
  moved(): void;
  hold(held: boolean): void;
  again(): void;
}

export interface FeedAround {
  personId: string;
  place(): Place | null;
  rings(): void;
  won(order: OrderView): void;
  notCertified(orderId: string): void;
}

export function useFeed(around: FeedAround): Feed {
  const { session, realtime } = useSignedIn();
  const book = new OfferBook();
  const claims = new OpenClaims(around.personId);
  const near = shallowRef<readonly Near[]>([]);
  const known = ref(false);
  const failed = shallowRef<ApiError | null>(null);
  const standing = shallowRef<ReadonlyMap<string, Outcome>>(new Map());
  const answers = shallowRef<readonly Answer[]>([]);
  const merger = new Merger(() => (near.value = book.around(around.place())), DRAW_MS);

  const follower = {
    snapshot: (snapshot: { offers?: readonly (Near["offer"])[] | undefined }) => {
      book.replace(snapshot.offers ?? []);
      known.value = true;
      failed.value = null;
      merger.changed();
    },
    event: (event: Parameters<OfferBook["heard"]>[0]) => {
      if (book.heard(event)) around.rings();
      merger.changed();
    },
    failed: (error: ApiError) => (failed.value = error),
  };
  useChannel("offers", follower);

  function stands(orderId: string, outcome: Outcome | null): void {
    const now = new Map(standing.value);
    if (outcome === null) now.delete(orderId);
    else now.set(orderId, outcome);
    standing.value = now;
  }

  function answer(given: Answer): void {
    answers.value = [given, ...answers.value.filter((one) => one.orderId !== given.orderId)].slice(0, ANSWERS_KEPT);
  }

  async function claim(offer: Offered): Promise<void> {
    if (standing.value.get(offer.order_id) === "asking") return;
    const { id } = claims.of(offer);
    stands(offer.order_id, "asking");
    try {
      const order = await send(offer, id);
      settled(offer, won(order));
      around.won(order);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      lost(offer, error);
    }
  }

  /** Over the socket where it is live: it asks again by itself, under the same id, after a break. */
  async function send({ order_id, offer_version }: Offered, id: string): Promise<OrderView> {
    if (realtime.state === "live") {
      const told = await realtime.request({ type: "claim_order", order_id, offer_version }, { id, again: true });
      return (told as Claimed).order;
    }
    const body = { offer_version, request_id: id };
    return (await session.ask<ClaimWonView>("POST", `/v1/offers/${order_id}/claim`, { body })).order;
  }

  function settled(offer: Offered, given: Answer): void {
    claims.answered(offer);
    stands(offer.order_id, null);
    if (given.outcome === "won" || given.outcome === "gone") book.gone(offer);
    merger.changed();
    answer(given);
  }

  function lost(offer: Offered, error: ApiError): void {
    const given = refused(offer, error);
    if (given.outcome === "unsure") {
      stands(offer.order_id, "unsure");
      return answer(given);
    }
    settled(offer, given);
    if (error.code === "not_certified") around.notCertified(offer.order_id);
  }

  // Claimed a moment before a break or a reload: ask for the answer under the same id.
  const back = (): void => {
    if (realtime.state === "live") for (const open of claims.fresh()) void claim(open);
  };
  realtime.addEventListener("state", back);
  onScopeDispose(() => realtime.removeEventListener("state", back));
  back();
  return {
    near, known, failed, standing, answers, claim, answer,
    dismiss: (given) => (answers.value = answers.value.filter((one) => one !== given)),
    has: (orderId) => book.get(orderId) !== null,
    moved: () => merger.changed(),
    hold: (held) => merger.hold(held),
    again: () => realtime.follow("offers", follower),
  };
}
