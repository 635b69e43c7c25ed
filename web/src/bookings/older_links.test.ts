import { describe, expect, it } from "vitest";
import { olderPath } from "./older_links";

const PANELS = ["slots", "bookings"];

describe("an older link", () => {
  it("leads to the page's own path", () => {
    expect(olderPath("#slots/N1", PANELS)).toBe("/slots/N1");
    expect(olderPath("#bookings", PANELS)).toBe("/bookings");
  });

  it.each(["", "#", "#find", "#//evil.example", "#javascript:x"])("is not %s", (hash) => {
    expect(olderPath(hash, PANELS)).toBe(true);
  });

  it("leads nowhere else", () => {
    expect(olderPath("#slots/..%2F..%2Fstaff", PANELS)).toBe("/slots/staff");
    expect(olderPath("#slots//evil.example", PANELS)).toBe("/slots");
  });
});
