import { describe, expect, it } from "vitest";
import { photoName, tooOld } from "./kept_photos";

describe("photos kept on the device", () => {
  it("are told apart by booking and paper", () => {
    expect(photoName("B1", "id_card")).not.toBe(photoName("B1", "vehicle_licence"));
  });

  it("go after an hour, also where the clock was turned back", () => {
    const now = Date.parse("2026-11-22T06:00:00Z");
    const kept = [
      { name: "new", at: now - 1000 },
      { name: "old", at: now - 61 * 60_000 },
      { name: "ahead", at: now + 61 * 60_000 },
    ];
    expect(tooOld(kept, now)).toEqual(["old", "ahead"]);
  });
});
