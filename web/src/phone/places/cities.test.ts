import { expect, test } from "vitest";
import { citiesOf } from "./cities";

const ROWS = [["440000", "广东省", [["440300", "深圳市", [["440304", "福田区"], ["440305", "南山区"]]], ["441900", "东莞市"]]]] as const;

test("districts of one city are one choice, in the order of codes", () => {
  expect(citiesOf(["441900", "440305", "440304"], ROWS)).toEqual([
    { code: "440300", name: "广东省 深圳市" },
    { code: "441900", name: "广东省 东莞市" },
  ]);
});

test("a city whose name is not known keeps its code", () => {
  expect(citiesOf(["990101"], ROWS)).toEqual([{ code: "990100", name: "990100" }]);
  expect(citiesOf(["440304"], [])).toEqual([{ code: "440300", name: "440300" }]);
});
