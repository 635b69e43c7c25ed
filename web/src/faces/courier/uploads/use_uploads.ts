// The outbox of finished waybills in a component's life: kicked when a network comes, one sender over
// all tabs by a lock, tabs told of each other's changes.

import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef } from "vue";
import type { OrderView, PhotoTaken } from "@/api/types";
import { heldUploads } from "@/kit/kept_uploads";
import { useSignedIn } from "@/kit/signed_in";
import { Backoff } from "@/realtime/backoff";
import { type Around, Outbox, type Step } from "./outbox";
import { SteadyStore } from "./store";
import type { Upload } from "./upload";

const CHANNEL = "lanjian.uploads";

export interface Uploads {
  list: ShallowRef<readonly Upload[]>;
  step: ShallowRef<{ order: string; step: Step } | null>;
  /** Whether this device says that it has a network at all. */
  online: Ref<boolean>;
  of(order: string): Upload | null;
  /** Whether an order's upload would be lost with this page: the device does not keep it. */
  holds(order: string): boolean;
  keep(upload: Upload): Promise<void>;
  remove(order: string): Promise<void>;
  /** Send now what waits. */
  kick(): void;
  /** Orders as they are now: what another device has sent, or staff have closed, waits no more. */
  seen(orders: readonly OrderView[]): void;
}

const OVER = new Set(["in_review", "done", "returning", "returned", "cancelled"]);

export function useUploads(personId: string, sent: (order: OrderView) => void): Uploads {
  const { session, realtime } = useSignedIn();
  const list = shallowRef<readonly Upload[]>([]);
  const step = shallowRef<Uploads["step"]["value"]>(null);
  const others = new BroadcastChannel(CHANNEL);
  const store = new SteadyStore();
  const outbox = new Outbox(
    personId,
    store,
    {
      photo: async (photo, key) => {
        const raw = new Blob([photo.bytes], { type: photo.type });
        return (await session.ask<PhotoTaken>("POST", "/v1/photos", { raw, key })).photo_id;
      },
      finished: (order, body, key) => session.ask<OrderView>("POST", `/v1/orders/${order}/finished`, { body, key }),
    },
    around(() => others.postMessage("changed")),
  );
  const changed = (): void => {
    list.value = outbox.uploads;
    step.value = outbox.step;
  };
  const kick = (): void => {
    if (realtime.state === "live") outbox.kick();
  };
  const online = ref(navigator.onLine);
  const turned = (): void => {
    online.value = navigator.onLine;
    if (online.value) outbox.kick();
  };
  /** A reload or a closed tab takes along what the device does not keep, of whichever account. */
  const leaving = (event: BeforeUnloadEvent): void => {
    if (heldUploads.size) event.preventDefault();
  };
  outbox.addEventListener("changed", changed);
  outbox.addEventListener("sent", (event) => sent((event as CustomEvent<OrderView>).detail));
  others.onmessage = () => void outbox.reread();
  realtime.addEventListener("state", kick);
  addEventListener("online", turned);
  addEventListener("offline", turned);
  addEventListener("beforeunload", leaving);
  onScopeDispose(() => {
    outbox.end();
    others.close();
    realtime.removeEventListener("state", kick);
    removeEventListener("online", turned);
    removeEventListener("offline", turned);
    removeEventListener("beforeunload", leaving);
  });
  void outbox.start();
  return {
    list, step, online,
    of: (order) => list.value.find((one) => one.order === order) ?? null,
    holds: (order) => list.value.some((one) => one.order === order) && store.holds(personId, order),
    keep: (upload) => outbox.keep(upload),
    remove: (order) => outbox.remove(order),
    kick: () => outbox.kick(),
    seen: (orders) => {
      for (const { order_id, custody } of orders) {
        if (OVER.has(custody) && outbox.of(order_id)) void outbox.remove(order_id);
      }
    },
  };
}

function around(tell: () => void): Around {
  return {
    // Without locks (a page not from a secure origin) the idempotency keys cover two tabs.
    alone: (name, act) => ("locks" in navigator ? navigator.locks.request(name, act) : act()),
    later: (act, ms) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
    now: Date.now,
    backoff: new Backoff(),
    tell,
  };
}
