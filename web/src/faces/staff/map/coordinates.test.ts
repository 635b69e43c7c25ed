import { describe, expect, it } from "vitest";
import { datumOf } from "./coordinates";

const FUTIAN = { lat: 22.5431, lon: 114.0579 };

describe("the map's datum", () => {
  it("is the platform's own for all but GCJ-02", () => {
    for (const name of ["wgs84", undefined]) expect(datumOf(name).toMap(FUTIAN)).toEqual(FUTIAN);
  });

  it("is some five hundred metres off for GCJ-02, and back within a metre", () => {
    const { toMap, fromMap } = datumOf("gcj02");
    const shown = toMap(FUTIAN);
    expect(Math.abs(shown.lat - FUTIAN.lat) + Math.abs(shown.lon - FUTIAN.lon)).toBeGreaterThan(0.003);
    expect(fromMap(shown).lat).toBeCloseTo(FUTIAN.lat, 5);
    expect(fromMap(shown).lon).toBeCloseTo(FUTIAN.lon, 5);
  });
});
