import { describe, expect, test } from "vitest";
import { geohash, metresBetween, placeText, readPlace } from "./places";

describe("places", () => {
  test("a degree of latitude is some 111 km", () => {
    expect(metresBetween({ lat: 22, lon: 114 }, { lat: 23, lon: 114 })).toBeCloseTo(111_195, -2);
    expect(metresBetween({ lat: 22, lon: 114 }, { lat: 22, lon: 114 })).toBe(0);
  });

  test("geohashes are those of everybody else", () => {
    expect(geohash({ lat: 22.5431, lon: 114.0579 })).toBe("ws105");
    expect(geohash({ lat: 57.64911, lon: 10.40744 }, 11)).toBe("u4pruydqqvj");
  });

  test.each(["22.5431, 114.0579", "22.5431，114.0579", " 22.5431 114.0579 "])("reads %s", (text) => {
    expect(readPlace(text)).toEqual({ lat: 22.5431, lon: 114.0579 });
  });

  test.each(["", "22.5", "91, 0", "0, 181", "a, b", "1, 2, 3", "NaN, 2"])("refuses %s", (text) => {
    expect(readPlace(text)).toBeNull();
  });

  test("is written so that it is read again", () => {
    expect(readPlace(placeText({ lat: 22.5, lon: -114 }))).toEqual({ lat: 22.5, lon: -114 });
  });
});
