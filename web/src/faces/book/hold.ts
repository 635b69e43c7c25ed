// A hold's clock: how long it lasts, whether it may be prolonged, what became of it. Pure.

import type { BookingView } from "@/api/types";

export const LATE_SECONDS = 120; // from here the clock is loud, and uploads prolong it by themselves
export const OFFER_LONGER_SECONDS = 360;

export type Standing = "held" | "booked" | "ran_out";

const BOOKED = new Set(["booked", "checked_in", "done"]);

/** Seconds until a hold ends, never below zero. */
export const holdLeft = (booking: BookingView, nowMs: number): number =>
  booking.state === "held" && booking.held_until ? Math.max(0, (Date.parse(booking.held_until) - nowMs) / 1000) : 0;

/** How a booking that is being filled in stands now. */
export function standing(booking: BookingView, nowMs: number): Standing {
  if (BOOKED.has(booking.state)) return "booked";
  return holdLeft(booking, nowMs) > 0 ? "held" : "ran_out";
}

/** Whether "a few minutes more" is offered: once, and not while there is plenty. */
export const mayOfferLonger = (booking: BookingView, nowMs: number): boolean =>
  !booking.held_longer && holdLeft(booking, nowMs) <= OFFER_LONGER_SECONDS;

/** Whether a photo that goes out now prolongs the hold: it may take long on a slow line. */
export const uploadProlongs = (booking: BookingView, nowMs: number): boolean =>
  !booking.held_longer && standing(booking, nowMs) === "held" && holdLeft(booking, nowMs) < LATE_SECONDS;

/** The newer of two views of one booking. */
export const newer = (known: BookingView, told: BookingView): BookingView =>
  told.booking_id === known.booking_id && told.version > known.version ? told : known;
