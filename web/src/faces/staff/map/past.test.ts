import { describe, expect, it } from "vitest";
import type { MapPastView } from "@/api/types";
import { Past } from "./past";

const START = Date.parse("2026-11-22T04:00:00Z");
const view = (sinceS: number, untilS: number, tracks: Record<string, [number, number, number][]>): MapPastView => ({
  since: new Date(START + sinceS * 1000).toISOString(),
  until: new Date(START + untilS * 1000).toISOString(),
  step: 15,
  tracks: Object.entries(tracks).map(([courier_id, points]) => ({ courier_id, points })),
});

describe("the past", () => {
  it("is on the way between two points and at the last one after it", () => {
    const past = new Past();
    past.take(view(0, 600, { ann: [[0, 2250000, 11400000], [60, 2251000, 11400000]] }));
    expect(past.at(START + 30_000, 120_000)).toEqual([{ id: "ann", lat: expect.closeTo(22.505, 9), lon: 114, ms: START }]);
    expect(past.at(START + 100_000, 120_000)[0]).toMatchObject({ lat: 22.51, ms: START + 60_000 });
    expect(past.at(START + 200_000, 120_000)).toEqual([]);
    expect(past.at(START - 1, 120_000)).toEqual([]);
  });

  it("does not glide over a hole", () => {
    const past = new Past();
    past.take(view(0, 3600, { ann: [[0, 2250000, 11400000], [3000, 2350000, 11400000]] }));
    expect(past.at(START + 60_000, 120_000)[0]?.lat).toBe(22.5);
  });

  it("joins windows and knows how far it reaches", () => {
    const past = new Past();
    past.take(view(600, 1200, { ann: [[0, 2251000, 11400000]] }));
    expect(past.knownUntil(START)).toBe(START);
    past.take(view(0, 600, { ann: [[590, 2250000, 11400000]] }));
    past.take(view(0, 600, { ann: [[590, 2250000, 11400000]] }));
    expect(past.knownUntil(START)).toBe(START + 1_200_000);
    expect(past.at(START + 595_000, 120_000)[0]?.lat).toBeCloseTo(22.505, 9);
  });
});
