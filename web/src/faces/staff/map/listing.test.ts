import { describe, expect, it } from "vitest";
import type { MapTerminal } from "@/api/types";
import { Held } from "./held";
import { listed, MOST_ROWS } from "./listing";

const terminal = (terminal_id: string, more: Partial<MapTerminal> = {}): MapTerminal => ({
  terminal_id, name: terminal_id, lat: 22.5, lon: 114, region: "440304", online: true, since: null, level: "fine",
  worst_zh: "", worst_en: "", free: {}, open_doors: [], parcels: 0, open_orders: 0, orders: [], ...more,
});
const order = (order_id: string, since: string) => ({ order_id, size: "M", pay_fen: 900, since });
const all = { couriers: true, terminals: true, orders: true };

describe("the map as a list", () => {
  it("has the worst terminals and the oldest orders first", () => {
    const held = new Held();
    held.take({
      terminals: [
        terminal("T3"),
        terminal("T1", { level: "notice", open_orders: 14, orders: [order("LJ2", "2026-11-22T04:00:00Z")] }),
        terminal("T2", { level: "alarm", open_orders: 1, orders: [order("LJ1", "2026-11-22T03:00:00Z")] }),
      ],
      clusters: [["terminals.9.1.1", 0, 0, 7, "fine", 3], ["couriers.9.1.1", 0, 0, 40, "", 0]],
    }, 0);
    const { terminals, orders, couriers } = listed(held, all);
    expect(terminals.rows.map((one) => one.terminal_id)).toEqual(["T2", "T1", "T3"]);
    expect(terminals.clustered).toBe(7);
    expect(orders.rows.map((one) => one.order_id)).toEqual(["LJ1", "LJ2"]);
    expect([orders.more, orders.clustered]).toEqual([13, 3]);
    expect(couriers).toEqual({ rows: [], more: 0, clustered: 40 });
  });

  it("is bounded, and empty where it is not wanted", () => {
    const held = new Held();
    held.take({ couriers: Array.from({ length: MOST_ROWS + 5 }, (_, n) => [n, `c${n}`, 1, 1, 1000 - n, 0] as [number, string, number, number, number, number]) }, 0);
    const { couriers } = listed(held, all);
    expect([couriers.rows.length, couriers.more, couriers.rows[0]?.n]).toEqual([MOST_ROWS, 5, MOST_ROWS + 4]);
    expect(listed(held, { ...all, couriers: false }).couriers.rows).toEqual([]);
  });
});
