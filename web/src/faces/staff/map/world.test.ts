import { describe, expect, it } from "vitest";
import { degreesAt, districtOf, districtsIn, gridStep, scaleBar, worldX, worldY } from "./world";

const FUTIAN = { lat: 22.5431, lon: 114.0579 };

describe("the world", () => {
  it("is a square, and back again", () => {
    expect([worldX(-180), worldX(180), worldY(0)]).toEqual([0, 1, 0.5]);
    for (const lat of [-80, -22.5, 0, 39.9, 85]) {
      expect(degreesAt(worldX(114), worldY(lat)).lat).toBeCloseTo(lat, 9);
    }
  });
});

describe("districts", () => {
  it("are named as the server names them", () => {
    expect(districtOf(FUTIAN)).toBe("ws105");
    expect(districtOf({ lat: 57.64911, lon: 10.40744 })).toBe("u4pru");
    expect(districtOf({ lat: -25.382708, lon: -49.265506 })).toBe("6gkzw");
  });

  it("cover a box without gaps, and each once", () => {
    const box = { west: 114, south: 22.5, east: 114.2, north: 22.6 };
    const found = districtsIn(box, 100);
    expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
    expect(Math.min(...found.map(({ west }) => west))).toBeLessThanOrEqual(box.west);
    expect(Math.max(...found.map(({ north }) => north))).toBeGreaterThanOrEqual(box.north);
    expect(found.map(({ name }) => name)).toContain("ws105");
    expect(districtsIn({ west: 73, south: 18, east: 135, north: 53 }, 100)).toEqual([]);
  });
});

describe("scale and grid", () => {
  it("are round", () => {
    const { metres, pixels } = scaleBar(22.5, 14, 120);
    expect(metres).toBe(1000);
    expect(pixels).toBeGreaterThan(60);
    expect(pixels).toBeLessThanOrEqual(120);
    expect(gridStep(14, 90)).toBeCloseTo(0.01, 9);
    expect(gridStep(10, 90)).toBeCloseTo(0.2, 9);
  });
});
