import { describe, expect, test } from "vitest";
import { Kept } from "./keeping";

/** The browser's store; without `room` it has none for anything new, as a full disk has. */
class Shelf {
  room = true;
  private readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key = (at: number) => [...this.kept.keys()][at] ?? null;
  getItem = (name: string) => this.kept.get(name) ?? null;
  removeItem = (name: string) => void this.kept.delete(name);
  setItem(name: string, text: string): void {
    if (!this.room) throw new DOMException("full", "QuotaExceededError");
    this.kept.set(name, text);
  }
}

describe("what a page keeps", () => {
  test("lies in the browser's store", () => {
    const shelf = new Shelf();
    const kept = new Kept(() => shelf as unknown as Storage);
    kept.setItem("a", "1");
    expect([shelf.getItem("a"), kept.getItem("a"), kept.names()]).toEqual(["1", "1", ["a"]]);
    kept.removeItem("a");
    expect([shelf.getItem("a"), kept.getItem("a")]).toEqual([null, null]);
  });

  test("is remembered by the page where the browser refuses its store", () => {
    const kept = new Kept(() => {
      throw new DOMException("no", "SecurityError");
    });
    expect(kept.getItem("a")).toBeNull();
    kept.setItem("a", "1");
    expect([kept.getItem("a"), kept.names(), kept.lasts("a")]).toEqual(["1", ["a"], false]);
    kept.removeItem("a");
    expect(kept.getItem("a")).toBeNull();
  });

  test("is the newest also while there is no room, and is kept once there is", () => {
    const shelf = new Shelf();
    const kept = new Kept(() => shelf as unknown as Storage);
    kept.setItem("a", "old");
    shelf.room = false;
    kept.setItem("a", "new");
    expect([kept.getItem("a"), shelf.getItem("a"), kept.names()]).toEqual(["new", "old", ["a"]]);
    expect(kept.lasts("a")).toBe(false);
    shelf.room = true;
    kept.setItem("a", "newest");
    expect([kept.lasts("a"), kept.lasts("b")]).toEqual([true, false]);
    expect([kept.getItem("a"), shelf.getItem("a")]).toEqual(["newest", "newest"]);
  });
});
