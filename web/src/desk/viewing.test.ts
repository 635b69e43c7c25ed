import { describe, expect, it } from "vitest";
import { byKey, dragged, fitted, kept, turned, WHOLE, zoomed } from "./viewing";

describe("a photo in its frame", () => {
  it("keeps the point under the mouse where it is while zooming", () => {
    const view = zoomed(dragged(WHOLE, 10, -5), 2, 40, 30);
    // The point (40, 30) showed photo point (30, 35) at scale 1; at scale 2 that is (60, 70) from the middle.
    expect([view.x + 60, view.y + 70]).toEqual([40, 30]);
  });

  it("has bounds of zoom, at which nothing moves", () => {
    let view = WHOLE;
    for (let count = 0; count < 40; count++) view = zoomed(view, 2, 100, 100);
    expect(view.scale).toBe(12);
    expect(zoomed(view, 2, 7, 7)).toEqual(view);
    expect(zoomed(WHOLE, 0.0001).scale).toBe(0.5);
  });

  it("is as it was after four quarters, either way", () => {
    const start = dragged(zoomed(WHOLE, 3), 17, -4);
    for (const way of [1, -1]) {
      let view = start;
      for (let count = 0; count < 4; count++) view = turned(view, way);
      expect(view).toEqual(start);
    }
    expect(turned(turned(start, 1), -1)).toEqual(start);
  });

  it("cannot be dragged out of sight", () => {
    const lost = kept(dragged(WHOLE, 9000, -9000), 400, 300);
    expect([lost.x, lost.y]).toEqual([200, -150]);
  });

  it("fits into the frame also on its side", () => {
    expect(fitted({ width: 200, height: 100 }, { width: 400, height: 400 }, 0)).toEqual({ width: 400, height: 200 });
    expect(fitted({ width: 200, height: 100 }, { width: 400, height: 600 }, 1)).toEqual({ width: 600, height: 300 });
    expect(fitted({ width: 0, height: 0 }, { width: 400, height: 600 }, 1)).toEqual({ width: 0, height: 0 });
  });

  it("follows keys, and leaves others alone", () => {
    expect(byKey(WHOLE, "]")?.turns).toBe(1);
    expect(byKey(WHOLE, "[")?.turns).toBe(3);
    expect(byKey(dragged(WHOLE, 5, 5), "0")).toEqual(WHOLE);
    expect(byKey(WHOLE, "a")).toBeNull();
  });
});
