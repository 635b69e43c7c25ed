// When positions are reported.

import { expect, test } from "vitest";
import { isDue, toldNow } from "./reporting";

const HERE = { lat: 22.5, lon: 114 };
const THERE = { lat: 22.501, lon: 114 }; // 111 m

test("the first place is told at once, a moved one after five seconds", () => {
  expect(isDue(HERE, null, 0, 0, 0)).toBe(true);
  const told = toldNow(HERE, null, 0);
  expect(isDue(THERE, told, 4_000, 0, 0)).toBe(false);
  expect(isDue(THERE, told, 5_000, 0, 0)).toBe(true);
});

test("who stands still is told of ever more seldom, and never too late to count", () => {
  let told = toldNow(HERE, null, 0);
  const waits: number[] = [];
  for (let at = 0; at < 4; at += 1) {
    let now = told.at;
    while (!isDue(HERE, told, now, told.at, 0)) now += 1_000;
    waits.push((now - told.at) / 1000);
    told = toldNow(HERE, told, now);
  }
  expect(waits).toEqual([20, 40, 60, 60]);
  expect(toldNow(THERE, told, 0).still).toBe(0);
});

test("failures back off, up to two minutes", () => {
  expect(isDue(HERE, null, 9_000, 0, 1)).toBe(false);
  expect(isDue(HERE, null, 10_000, 0, 1)).toBe(true);
  expect(isDue(HERE, null, 119_000, 0, 9)).toBe(false);
  expect(isDue(HERE, null, 120_000, 0, 9)).toBe(true);
});
