// The account's own parcels: read, kept up live, shown to all of the customer's pages.

import { showToast } from "vant";
import { computed, inject, type InjectionKey, provide, shallowRef, type ShallowRef } from "vue";
import { useI18n } from "vue-i18n";
import { onDevice } from "@/api/keeping";
import { ownKey } from "@/api/own";
import type { Notice, OrderChanged, OrderPage, OrderView } from "@/api/types";
import { type Listing, type ListState, useListing } from "@/kit/listing";
import { OrderBook } from "@/kit/order_book";
import { useChannel, useSignedIn } from "@/kit/signed_in";
import { type Grants, useGrants } from "@/phone/grants/grants";
import { keptOrders, toKeep } from "./kept_orders";

const PAGE = 20;

export interface ParcelsHere {
  listing: Listing<OrderView>;
  grants: Grants;
  get(id: string): OrderView | null;
  /** Take a newer view of an order, from wherever it came. */
  take(order: OrderView): void;
  /** The last order that changed: pages that show one alone look it up again. */
  changed: ShallowRef<OrderView | null>;
  /** The last thing that this person was told. */
  noticed: ShallowRef<Notice | null>;
}

const KEY: InjectionKey<ParcelsHere> = Symbol("parcels");

/** Read and follow the parcels of who is signed in, for the components below. */
export function provideParcels(): ParcelsHere {
  const { session } = useSignedIn();
  const { locale } = useI18n();
  const book = new OrderBook((order) => order.pay_fen === null); // own ones, not those won as courier
  const shown = shallowRef<readonly OrderView[]>([]);
  const changed = shallowRef<OrderView | null>(null);
  const noticed = shallowRef<Notice | null>(null);
  const grants = useGrants();
  const keptAs = ownKey("orders", session.personId ?? "");

  const show = (): void => {
    shown.value = book.list();
    onDevice.setItem(keptAs, toKeep(shown.value));
  };
  const take = (order: OrderView): void => {
    if (!book.apply(order)) return;
    show();
    grants.lookSoon();
    changed.value = order;
  };
  const pages = useListing<OrderView>(async (before) => {
    const { orders, next } = await session.ask<OrderPage>("GET", "/v1/orders", { query: { before, limit: PAGE } });
    book.add(orders);
    show();
    return { items: orders, next };
  });
  const state = computed<ListState>(() => {
    if (shown.value.length) return pages.error.value ? "stale" : "items";
    return pages.state.value === "items" || pages.state.value === "stale" ? "empty" : pages.state.value;
  });
  useChannel("me", {
    snapshot: (snapshot) => {
      // It holds the living ones; the history stays.
      if (book.add((snapshot as { orders?: readonly OrderView[] }).orders ?? [])) show();
      changed.value = null;
    },
    event: (event) => {
      const told = event as OrderChanged | Notice;
      if (told.type === "order_changed") take(told.order);
      if (told.type !== "notice") return;
      showToast(locale.value === "zh" ? told.zh : told.en);
      noticed.value = told;
    },
  });
  book.add(keptOrders(onDevice.getItem(keptAs)));
  shown.value = book.list();
  void pages.reload();
  const made: ParcelsHere = {
    listing: { ...pages, items: shown, state },
    grants,
    get: (id) => book.get(id),
    take,
    changed,
    noticed,
  };
  provide(KEY, made);
  return made;
}

export function useParcels(): ParcelsHere {
  const given = inject(KEY);
  if (!given) throw new Error("no parcels above this component");
  return given;
}
