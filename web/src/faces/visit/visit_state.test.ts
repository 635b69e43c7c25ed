import { describe, expect, it } from "vitest";
import type { OrderView, VisitView } from "@/api/types";
import { codeWantedFor, doorOf, inside, isNews, isOlder, stepOf, toCollect, waiting, withRecipients } from "./visit_state";

const placement = { terminal_id: "T-1", terminal_name: "一号柜", cell: 3, opened: false, closed: false, opens_left: 2, held_until: null };
const order = (custody: string, more: Partial<OrderView> = {}): OrderView =>
  ({ order_id: "A", version: 5, custody, placement, recipient_masked: null, ...more }) as OrderView;
const visit = (next: string, more: Partial<VisitView> = {}): VisitView =>
  ({ visit_id: "V1", next, role: "deposit", roles: ["customer"], orders: [], current: null, pay: null, door: null, ...more }) as VisitView;

describe("stepOf", () => {
  it("shows the door to whoever stands at one", () => {
    expect(stepOf(visit("deposit", { current: order("depositing"), door: "open" }))).toBe("door");
    expect(stepOf(visit("pickup", { current: order("collecting") }))).toBe("door");
    expect(stepOf(visit("take_back", { current: order("returning"), door: "opening" }))).toBe("door");
  });

  it("asks before a take-back's door opens, and is done with a door that is done", () => {
    expect(stepOf(visit("take_back", { current: order("returning") }))).toBe("take_back");
    expect(stepOf(visit("done", { current: order("collecting"), door: "closed" }))).toBe("done");
    expect(stepOf(visit("deposit", { current: order("depositing", { placement: null }) }))).toBe("choose_order");
  });

  it("binds the carrier's number before a pickup, and admits what it does not know", () => {
    expect(stepOf(visit("pickup", { current: order("claimed") }))).toBe("bind");
    expect(stepOf(visit("pickup"))).toBe("pickup");
    expect(stepOf(visit("of_tomorrow"))).toBe("unknown");
  });
});

describe("views", () => {
  it("drops a late answer about the same order only", () => {
    const shown = visit("deposit", { current: order("depositing") });
    expect(isOlder(visit("deposit", { current: order("placed", { version: 4 }) }), shown)).toBe(true);
    expect(isOlder(visit("pay", { current: order("deposited", { version: 6 }) }), shown)).toBe(false);
    expect(isOlder(visit("deposit", { current: order("placed", { order_id: "B", version: 1 }) }), shown)).toBe(false);
    expect(isOlder(visit("deposit", { current: order("placed", { version: 1 }) }), null)).toBe(false);
  });

  it("keeps the recipient that a push leaves out, until the order is done", () => {
    const shown = visit("deposit", { current: order("placed", { recipient_masked: "李*" }) });
    expect(withRecipients(visit("pay", { current: order("deposited") }), shown).current?.recipient_masked).toBe("李*");
    expect(withRecipients(visit("done", { orders: [order("done")] }), shown).orders[0]?.recipient_masked).toBeNull();
  });

  it("looks again only for what it shows in an older version", () => {
    const shown = visit("deposit", { orders: [order("placed")] });
    expect(isNews(order("placed", { version: 6 }), shown)).toBe(true);
    expect(isNews(order("placed"), shown)).toBe(false);
    expect(isNews(order("placed", { order_id: "B", version: 9 }), shown)).toBe(false);
  });

  it("takes an unknown door as failed, so that nobody stands there without a button", () => {
    expect(doorOf(visit("deposit"))).toBe("failed");
    expect(doorOf(visit("deposit", { door: "open" }))).toBe("open");
  });

  it("wants an offline code for each cell that is held", () => {
    expect(codeWantedFor(visit("pickup", { current: order("claimed") }))).toBe("A 3");
    expect(codeWantedFor(visit("pay", { current: order("deposited") }))).toBeNull();
  });

  it("parts orders by what may be done with them", () => {
    const all = visit("choose_order", { orders: ["placed", "open", "claimed", "done"].map((custody) => order(custody)) });
    expect([waiting(all), inside(all), toCollect(all)].map((list) => list.map((one) => one.custody))).toEqual([["placed"], ["open"], ["claimed"]]);
  });
});
