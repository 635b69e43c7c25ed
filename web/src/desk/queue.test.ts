import { describe, expect, it } from "vitest";
import { atHand, behind, step } from "./queue";

const keyOf = (item: { id: string }) => item.id;
const items = (...ids: string[]) => ids.map((id) => ({ id }));
const at = (id: string) => ({ item: { id }, gone: false });

describe("a queue", () => {
  it("begins with the first", () => {
    expect(atHand(items("a", "b"), { item: null, gone: false }, keyOf)).toEqual(at("a"));
    expect(atHand([], { item: null, gone: false }, keyOf)).toEqual({ item: null, gone: false });
  });

  it("keeps what is at hand in its newest form when others come before it", () => {
    const newer = [{ id: "x" }, { id: "a", version: 2 }];
    expect(atHand(newer, at("a"), keyOf)).toEqual({ item: { id: "a", version: 2 }, gone: false });
  });

  it("keeps what somebody else took, and says so", () => {
    expect(atHand(items("b"), at("a"), keyOf)).toEqual({ item: { id: "a" }, gone: true });
  });

  it("goes on to what stood behind what was decided, even if that one was taken too", () => {
    const done = { key: "b", behind: behind(items("a", "b", "c", "d"), "b", keyOf) };
    expect(atHand(items("a", "c", "d"), at("b"), keyOf, done)).toEqual(at("c"));
    expect(atHand(items("a", "d"), at("b"), keyOf, done)).toEqual(at("d"));
    expect(atHand(items("a"), at("b"), keyOf, done)).toEqual(at("a"));
    expect(atHand([], at("b"), keyOf, done)).toEqual({ item: null, gone: false });
  });

  it("stays where a decision left the item in the queue (one of two approvals)", () => {
    const done = { key: "a", behind: ["b"] };
    expect(atHand(items("a", "b"), at("a"), keyOf, done)).toEqual(at("a"));
  });

  it("steps to its ends and no further", () => {
    const three = items("a", "b", "c");
    expect(step(three, "b", 1, keyOf)?.id).toBe("c");
    expect(step(three, "c", 1, keyOf)?.id).toBe("c");
    expect(step(three, "a", -1, keyOf)?.id).toBe("a");
    expect(step(three, "gone", 1, keyOf)?.id).toBe("a");
    expect(step([], null, 1, keyOf)).toBeNull();
  });
});
