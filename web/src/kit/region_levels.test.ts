import { expect, test } from "vitest";
import type { RegionRow } from "@/kit/regions";
import { chosen, isWhole, levelsOf, pathOf } from "./region_levels";

const ROWS: RegionRow[] = [
  ["110000", "北京市", [["110100", "北京市", [["110105", "朝阳区"], ["110108", "海淀区"]]]]],
  ["440000", "广东省", [["440300", "深圳市", [["440304", "福田区"]]], ["441900", "东莞市", []]]],
  ["810000", "香港特别行政区", []],
];
const names = (rows: readonly RegionRow[]) => rows.map(([, name]) => name);

test("a code goes as far as it is known", () => {
  expect(names(pathOf(ROWS, "440304"))).toEqual(["广东省", "深圳市", "福田区"]);
  expect(names(pathOf(ROWS, "440399"))).toEqual(["广东省", "深圳市"]);
  expect(names(pathOf(ROWS, "440300"))).toEqual(["广东省", "深圳市"]);
  expect(names(pathOf(ROWS, "440000"))).toEqual(["广东省"]);
  expect(pathOf(ROWS, "")).toEqual([]);
  expect(pathOf(ROWS, "990000")).toEqual([]);
});

test("only what has nothing below it is whole", () => {
  expect(isWhole(ROWS, "440304")).toBe(true);
  expect(isWhole(ROWS, "441900")).toBe(true);
  expect(isWhole(ROWS, "810000")).toBe(true);
  expect(isWhole(ROWS, "440300")).toBe(false);
  expect(isWhole(ROWS, "")).toBe(false);
});

test("each level offers what is below the one before", () => {
  expect(levelsOf(ROWS, "440300").map(names)).toEqual([["北京市", "广东省", "香港特别行政区"], ["深圳市", "东莞市"], ["福田区"]]);
  expect(levelsOf(ROWS, "").map((level) => level.length)).toEqual([3, 0, 0]);
});

test("a city of its own kind is chosen with its province", () => {
  expect(chosen(ROWS, "", 0, "110000")).toBe("110100");
  expect(chosen(ROWS, "110100", 2, "110108")).toBe("110108");
  expect(chosen(ROWS, "110108", 0, "440000")).toBe("440000");
  expect(chosen(ROWS, "440304", 1, "441900")).toBe("441900");
});

test("taking a choice back leaves what is above it", () => {
  expect(chosen(ROWS, "440304", 2, "")).toBe("440300");
  expect(chosen(ROWS, "440304", 0, "")).toBe("");
});
