import { describe, expect, test } from "vitest";
import type { OfferView } from "@/api/types";
import { Merger, OfferBook } from "./feed";

const HERE = { lat: 22.5, lon: 114 };

const offer = (order_id: string, more: Partial<OfferView> = {}): OfferView => ({
  order_id, offer_version: 1, terminal_id: "T", terminal_name: "柜", lat: 22.5, lon: 114,
  destination_region: "440304", size: "M", pay_fen: 1200, ring_metres: 3000,
  opened_at: "2026-11-22T06:00:00Z", ...more,
});

const ids = (book: OfferBook) => book.around(HERE).map((near) => near.offer.order_id);

describe("the offers around a courier", () => {
  test("the nearest come first, then the newest", () => {
    const book = new OfferBook();
    book.replace([offer("far", { lat: 22.6 }), offer("old"), offer("new", { opened_at: "2026-11-22T07:00:00Z" })]);
    expect(ids(book)).toEqual(["new", "old", "far"]);
    expect(book.around(null).map((near) => near.metres)).toEqual([null, null, null]);
  });

  test("a newer version replaces, an older one is ignored, and only what is new is told as new", () => {
    const book = new OfferBook();
    expect(book.heard({ type: "offer_opened", offer: offer("A") })?.order_id).toBe("A");
    expect(book.heard({ type: "offer_opened", offer: offer("A", { ring_metres: 5000 }) })).toBeNull();
    expect(book.heard({ type: "offer_opened", offer: offer("A", { offer_version: 2 }) })).not.toBeNull();
    expect(book.heard({ type: "offer_opened", offer: offer("A") })).toBeNull();
    expect(book.get("A")?.offer_version).toBe(2);
  });

  test("closing an older version leaves the newer offer of the same order", () => {
    const book = new OfferBook();
    book.replace([offer("A", { offer_version: 2 })]);
    book.heard({ type: "offer_gone", order_id: "A", offer_version: 1 });
    expect(ids(book)).toEqual(["A"]);
    book.heard({ type: "offer_gone", order_id: "A", offer_version: 2 });
    expect(ids(book)).toEqual([]);
  });
});

describe("drawing", () => {
  const stage = () => {
    const due: (() => void)[] = [];
    let drawn = 0;
    const merger = new Merger(() => (drawn += 1), 250, { later: (act) => due.push(act) });
    return { merger, tick: () => due.splice(0).forEach((act) => act()), drawn: () => drawn };
  };

  test("two hundred offers at once are drawn twice", () => {
    const { merger, tick, drawn } = stage();
    for (let at = 0; at < 200; at += 1) merger.changed();
    expect(drawn()).toBe(1);
    tick();
    expect(drawn()).toBe(2);
    tick();
    expect(drawn()).toBe(2);
  });

  test("nothing moves under a finger, and all is drawn when it is lifted", () => {
    const { merger, tick, drawn } = stage();
    merger.hold(true);
    merger.changed();
    tick();
    expect(drawn()).toBe(0);
    merger.hold(false);
    expect(drawn()).toBe(1);
  });
});
