// What every part of the courier's page shares: the orders won, the offers, the claims under way,
// duty, offline codes, uploads. Made once for each account (Working.vue), found by `useWork`.

import { type ComputedRef, computed, type InjectionKey, inject, onScopeDispose, type ShallowRef } from "vue";
import type { OrderView, WonOrdersView } from "@/api/types";
import { OrderBook } from "@/kit/order_book";
import { type Listing, useListing } from "@/kit/listing";
import { useSignedIn } from "@/kit/signed_in";
import { type Grants, useGrants } from "@/phone/grants/grants";
import { Chime } from "./chime";
import { type Duty, useDuty } from "./duty";
import { type Feed, useFeed } from "./live_feed";
import { inOrder, isJob, keepJobs, keptJobs } from "./jobs";
import { type Uploads, useUploads } from "./uploads/use_uploads";

export interface Work {
  certification: ShallowRef<string>;
  jobs: Listing<OrderView>;
  toDo: ComputedRef<number>;
  grants: Grants;
  feed: Feed;
  duty: Duty;
  chime: Chime;
  uploads: Uploads;
  take(order: OrderView): void;
  /** What the account is, read again: a certification may have come. */
  lookAgain(): Promise<void>;
}

const KEY: InjectionKey<Work> = Symbol("the courier's work");
export { KEY as WORK };

export function useWork(): Work {
  const work = inject(KEY);
  if (!work) throw new Error("nobody works here");
  return work;
}

export interface Surroundings {
  personId: string;
  certification: ShallowRef<string>;
  lookAgain(): Promise<void>;
  /** A claim was won. */
  won(order: OrderView): void;
  /** Certification comes first. */
  notCertified(orderId: string): void;
}

/** Make it, for as long as the component lives. */
export function makeWork({ personId, certification, lookAgain, won, notCertified }: Surroundings): Work {
  const { session, realtime } = useSignedIn();
  const book = new OrderBook(isJob);
  book.add(keptJobs(personId));
  const jobs = useListing<OrderView>(async () => {
    const question = book.ask();
    const { orders } = await session.ask<WonOrdersView>("GET", "/v1/courier/orders");
    book.replace(orders, question);
    return { items: kept() };
  });
  const grants = useGrants();
  const chime = new Chime();
  const uploads = useUploads(personId, (order) => take(order));

  function kept(): OrderView[] {
    const list = inOrder(book.list());
    keepJobs(personId, list);
    uploads.seen(list);
    return list;
  }

  function take(order: OrderView): void {
    if (!book.apply(order)) return;
    jobs.items.value = kept(); // a list under way comes to the same: the book keeps the newer
    grants.lookSoon();
  }

  // What was known before stands there at once, also where there is no network.
  if (book.list().length) jobs.set(kept());
  const feed = useFeed({
    personId,
    place: () => duty.place,
    rings: () => chime.ring(),
    won: (order) => {
      take(order);
      won(order);
    },
    notCertified,
  });
  const duty = useDuty(personId, () => feed.moved());
  const back = (): void => {
    if (realtime.state === "live") void jobs.reload();
  };
  realtime.addEventListener("state", back);
  onScopeDispose(() => realtime.removeEventListener("state", back));
  void jobs.reload();
  return {
    certification, jobs, grants, feed, duty, chime, uploads, take, lookAgain,
    toDo: computed(() => jobs.items.value.filter((job) => ["claimed", "collecting"].includes(job.custody)).length),
  };
}

