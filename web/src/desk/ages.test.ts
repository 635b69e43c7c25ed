import { describe, expect, it } from "vitest";
import { age, days } from "./ages";

describe("how long something waits", () => {
  it("is the largest whole unit", () => {
    expect([age(59), age(3599), age(3600), age(48 * 3600)]).toEqual([[0, "minute"], [59, "minute"], [1, "hour"], [2, "day"]]);
  });

  it("has days and hours from the first day on", () => {
    expect(days(86_399)).toBeNull();
    expect(days(86_400)).toEqual({ days: 1, hours: 0 });
    expect(days(2 * 86_400 + 5 * 3600 + 59)).toEqual({ days: 2, hours: 5 });
    expect(days(-1)).toBeNull();
  });
});
