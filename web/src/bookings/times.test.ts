import { describe, expect, it } from "vitest";
import { clockTime, dayKey, dayName, dayTime, hours, noon } from "./times";

describe("times of slots", () => {
  it("are China's, wherever the phone is", () => {
    expect(dayKey("2026-11-22T16:30:00Z")).toBe("2026-11-23");
    expect(clockTime("2026-11-22T16:30:00Z")).toBe("00:30");
    expect(dayKey(noon("2026-11-23"))).toBe("2026-11-23");
  });

  it("end a day at 24:00", () => {
    expect(hours({ starts_at: "2026-11-23T15:00:00Z", ends_at: "2026-11-23T16:00:00Z" })).toBe("23:00–24:00");
    expect(hours({ starts_at: "2026-11-22T16:00:00Z", ends_at: "2026-11-22T17:00:00Z" })).toBe("00:00–01:00");
  });

  it("are named in both languages", () => {
    expect(dayName("2026-11-23T01:00:00Z", "zh")).toContain("11月23日");
    expect(dayTime("2026-11-23T01:00:00Z", "en")).toContain("23 November");
    expect(dayTime("2026-11-23T01:00:00Z", "en")).toContain("09:00");
  });
});
