import { describe, expect, it } from "vitest";
import { Held, part, staleness } from "./held";
import { worldX, worldY } from "./world";

const E5 = 100_000;
const at = (lat: number, lon: number) => [Math.round(lat * E5), Math.round(lon * E5)] as const;
const courier = (n: number, lat: number, lon: number, id = `c${n}`) => [n, id, ...at(lat, lon), 100, 0] as [number, string, number, number, number, number];

function where(held: Held, n: number, nowMs: number): [number, number] {
  const one = held.couriers.get(n)!;
  const done = part(one, nowMs);
  return [one.fromX + (one.toX - one.fromX) * done, one.fromY + (one.toY - one.fromY) * done];
}

describe("what the page holds", () => {
  it("is what came, moved and went", () => {
    const held = new Held();
    held.take({ couriers: [courier(1, 22.5, 114), courier(2, 22.6, 114)], clusters: [["couriers.14.1.2", ...at(22.5, 114.1), 30, "", 0]] }, 0);
    held.take({ moves: [[1, ...at(22.51, 114), 160]], gone: [2], cleared: ["couriers.14.1.2"] }, 1000);
    expect([...held.couriers.keys()]).toEqual([1]);
    expect(held.clusters.size).toBe(0);
    expect(held.couriers.get(1)).toMatchObject({ id: "c1", lat: 22.51, at: 160 });
  });

  it("ignores a move of nobody it knows", () => {
    const held = new Held();
    held.take({ moves: [[9, 1, 1, 1]] }, 0);
    expect(held.couriers.size).toBe(0);
  });

  it("glides from where it is seen to be, as long as the pause before", () => {
    const held = new Held();
    held.take({ couriers: [courier(1, 22.5, 114)] }, 0);
    held.take({ moves: [[1, ...at(22.5, 114.01), 1]] }, 2000);
    expect(held.gliding(2100)).toBe(true);
    expect(where(held, 1, 2000)[0]).toBeCloseTo(worldX(114), 9);
    expect(where(held, 1, 3000)[0]).toBeCloseTo(worldX(114.005), 7);
    expect(where(held, 1, 9000)).toEqual([worldX(114.01), worldY(22.5)]);
    held.take({ moves: [[1, ...at(22.5, 114.02), 2]] }, 3000);
    expect(where(held, 1, 3000)[0]).toBeCloseTo(worldX(114.005), 7); // no jump back or ahead
    expect(held.gliding(99_000)).toBe(false);
  });

  it("jumps where nobody rides so fast", () => {
    const held = new Held();
    held.take({ couriers: [courier(1, 22.5, 114)] }, 0);
    held.take({ moves: [[1, ...at(23.5, 114), 1]] }, 1000);
    expect(where(held, 1, 1000)[1]).toBeCloseTo(worldY(23.5), 12);
  });

  it("converts to the map's datum", () => {
    const held = new Held(({ lat, lon }) => ({ lat: lat + 1, lon }));
    held.take({ couriers: [courier(1, 22.5, 114)] }, 0);
    expect(where(held, 1, 0)[1]).toBeCloseTo(worldY(23.5), 9);
    expect(held.couriers.get(1)?.lat).toBe(22.5);
  });
});

describe("old places", () => {
  it("look older by the server's time", () => {
    expect([0, 119, 120, 599, 600].map((age) => staleness(1000, (1000 + age) * 1000, 600))).toEqual([0, 0, 1, 1, 2]);
  });
});
