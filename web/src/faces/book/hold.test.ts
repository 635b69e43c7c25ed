import { describe, expect, it } from "vitest";
import type { BookingView } from "@/api/types";
import { holdLeft, mayOfferLonger, newer, standing, uploadProlongs } from "./hold";

const NOW = Date.parse("2026-11-22T06:00:00Z");
const held = (seconds: number, more: Partial<BookingView> = {}): BookingView => ({
  booking_id: "B1",
  outlet_id: "N1",
  slot_id: "S1",
  starts_at: "2026-11-24T01:00:00Z",
  ends_at: "2026-11-24T02:00:00Z",
  state: "held",
  papers: "missing",
  version: 1,
  created_at: "2026-11-22T05:59:00Z",
  server_time: "2026-11-22T05:59:00Z",
  change_until: "2026-11-23T21:00:00Z",
  held_until: new Date(NOW + seconds * 1000).toISOString(),
  ...more,
});

describe("a hold", () => {
  it("counts down to nothing and no further", () => {
    expect(holdLeft(held(60), NOW)).toBe(60);
    expect(holdLeft(held(-5), NOW)).toBe(0);
    expect(holdLeft(held(60, { state: "cancelled" }), NOW)).toBe(0);
  });

  it("stands, is booked, or ran out", () => {
    expect(standing(held(1), NOW)).toBe("held");
    expect(standing(held(0), NOW)).toBe("ran_out");
    expect(standing(held(60, { state: "cancelled" }), NOW)).toBe("ran_out");
    expect(standing(held(0, { state: "booked", held_until: null }), NOW)).toBe("booked");
  });

  it("is prolonged once, and offered so near its end", () => {
    expect(mayOfferLonger(held(600), NOW)).toBe(false);
    expect(mayOfferLonger(held(300), NOW)).toBe(true);
    expect(mayOfferLonger(held(300, { held_longer: true }), NOW)).toBe(false);
    expect(uploadProlongs(held(300), NOW)).toBe(false);
    expect(uploadProlongs(held(100), NOW)).toBe(true);
    expect(uploadProlongs(held(100, { held_longer: true }), NOW)).toBe(false);
    expect(uploadProlongs(held(-1), NOW)).toBe(false);
  });

  it("is known by its newest version", () => {
    const now = held(60);
    expect(newer(now, held(60, { version: 2 })).version).toBe(2);
    expect(newer(now, held(60, { version: 1, state: "booked" }))).toBe(now);
    expect(newer(now, held(60, { version: 9, booking_id: "B2" }))).toBe(now);
  });
});
