// The last things that happened, as the staff's channel told them since the desk was opened.

import { type InjectionKey, inject, type ShallowRef, shallowRef } from "vue";
import type { PushEvent, Snapshot } from "@/api/types";

const MOST = 40;

/** One thing: an order's step, or a fact of a terminal or courier. */
export interface Happened {
  at: string;
  order?: string;
  /** Where its words are: `step`, `custody` (as found when the desk was opened) or `fact`. */
  table: "step" | "custody" | "fact";
  code: string;
}

/** Put an event at the front; what is no news for people is left out. */
export function withEvent(known: readonly Happened[], event: PushEvent, now: string): readonly Happened[] {
  const made: Happened | null =
    event.type === "order_changed"
      ? { at: event.order.updated_at, order: event.order.order_id, table: "step", code: event.step }
      : event.type === "fact" && ["alert", "certifications", "statement"].includes(event.kind)
        ? { at: now, table: "fact", code: event.kind }
        : null;
  if (!made) return known;
  const repeats = known[0] && known[0].table === "fact" && made.table === "fact" && known[0].code === made.code;
  return [made, ...known.slice(repeats ? 1 : 0)].slice(0, MOST);
}

/** Begin with the orders as they are, the last to change first. */
export function fromSnapshot(snapshot: Partial<Snapshot>): readonly Happened[] {
  return [...(snapshot.orders ?? [])]
    .sort((one, other) => Date.parse(other.updated_at) - Date.parse(one.updated_at))
    .slice(0, MOST)
    .map((order) => ({ at: order.updated_at, order: order.order_id, table: "custody", code: order.custody }));
}

const KEY: InjectionKey<ShallowRef<readonly Happened[]>> = Symbol("activity");
export { KEY as ACTIVITY };

export const makeActivity = (): ShallowRef<readonly Happened[]> => shallowRef([]);

export function useActivity(): Readonly<ShallowRef<readonly Happened[]>> {
  const given = inject(KEY);
  if (!given) throw new Error("not on the desk");
  return given;
}
