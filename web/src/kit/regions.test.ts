import { expect, test } from "vitest";
import { nameIn, type RegionRow } from "./regions";

const ROWS: RegionRow[] = [
  ["110000", "北京市", [["110100", "北京市", [["110105", "朝阳区"]]]]],
  ["440000", "广东省", [["440300", "深圳市", [["440304", "福田区"]]]]],
];

test.each([
  ["440304", "广东省 深圳市 福田区"],
  ["110105", "北京市 朝阳区"],
  ["440300", "广东省 深圳市"],
  ["990000", "990000"],
])("%s is %s", (code, name) => expect(nameIn(ROWS, code)).toBe(name));
