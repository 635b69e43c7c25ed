import { describe, expect, it } from "vitest";
import type { StoryEntry } from "@/api/types";
import { detailsOf, of } from "./telling";

const entry = (source: string, details: StoryEntry["details"]): StoryEntry => ({ at: "2026-11-22T12:00:00Z", source, what: "x", by: null, version: null, details });

describe("a story's entries", () => {
  it("say what has no place of its own", () => {
    expect(detailsOf(entry("event", { custody: "open", cell: 3, reason: "cap_reached" }))).toEqual([{ name: "cell", value: "3" }, { name: "reason", value: "cap_reached" }]);
    expect(detailsOf(entry("record", { purpose: "why", courier: "P1" }))).toEqual([{ name: "courier", value: "P1" }]);
    expect(detailsOf(entry("door", { evidence: "8A01", item: null, cell: 1 }))).toEqual([{ name: "cell", value: "1" }]);
  });

  it("show the books in yuan", () => {
    expect(detailsOf(entry("posting", { number: "P1", customer_funds: -2000 }))).toEqual([{ name: "customer_funds", value: "-20.00" }]);
  });

  it("show other sums in yuan, not in fen", () => {
    expect(detailsOf(entry("event", { amount_fen: 1400 }))).toEqual([{ name: "amount_fen", value: "¥14.00" }]);
  });

  it("are those of the chosen sources", () => {
    expect(of([entry("door", {}), entry("event", {})], new Set(["door"])).map((one) => one.source)).toEqual(["door"]);
  });
});
