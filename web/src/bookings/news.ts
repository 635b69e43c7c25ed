// What the server pushes of this person's bookings, for every component of a face that wants it:
// a channel has one follower, and several cards may be open.

import { type InjectionKey, inject, onScopeDispose, provide } from "vue";
import type { BookingView, PapersRead } from "@/api/types";
import { useChannel } from "@/kit/signed_in";

export interface BookingNews {
  /** The connection is back: what was missed is to be asked for. */
  again?(): void;
  /** A booking changed. Its reason is not told here: fetch it. */
  changed?(booking: BookingView): void;
  /** Reading a photo of papers ended. */
  read?(told: PapersRead): void;
}

const KEY: InjectionKey<Set<BookingNews>> = Symbol("booking news");

/** Follow the person's channel for all components below. */
export function provideBookingNews(): void {
  const followers = new Set<BookingNews>();
  provide(KEY, followers);
  useChannel("me", {
    snapshot: () => followers.forEach((one) => one.again?.()),
    event: (event) => {
      if (event.type === "booking_changed") followers.forEach((one) => one.changed?.(event.booking));
      if (event.type === "papers_read") followers.forEach((one) => one.read?.(event));
    },
  });
}

/** Be told while the component lives. */
export function useBookingNews(news: BookingNews): void {
  const followers = inject(KEY);
  if (!followers) throw new Error("nobody follows the person's channel");
  followers.add(news);
  onScopeDispose(() => followers.delete(news));
}
