import { describe, expect, it } from "vitest";
import type { FrameLine } from "@/api/types";
import { asText, shown, spaced } from "./frames";

const LINES: FrameLine[] = [
  { at: "2026-05-01T04:00:00.123Z", way: "sent", hex: "8a01031199", words: "unlock board 1 channel 3" },
  { at: "2026-05-01T04:00:00.151Z", way: "heard", hex: "8a01030088", words: "unlock answered, board 1 channel 3" },
  { at: "2026-05-01T04:00:01Z", way: "noted", words: "no answer to read board 2 (silent)", is_error: true },
];
const ALL = { way: "", text: "", errors: false } as const;

describe("the filter", () => {
  it("shows the newest first", () => {
    expect(shown(LINES, ALL).map(({ way }) => way)).toEqual(["noted", "heard", "sent"]);
  });
  it("finds bytes with blanks, words in any case, a way, and errors", () => {
    expect(shown(LINES, { ...ALL, text: "8A 01 03 11" })).toEqual([LINES[0]]);
    expect(shown(LINES, { ...ALL, text: "Answered" })).toEqual([LINES[1]]);
    expect(shown(LINES, { ...ALL, way: "sent" })).toEqual([LINES[0]]);
    expect(shown(LINES, { ...ALL, errors: true })).toEqual([LINES[2]]);
    expect(shown(LINES, { ...ALL, text: "nothing" })).toEqual([]);
  });
});

it("writes lines as the agent does", () => {
  expect(asText(LINES.slice(0, 1))).toBe("2026-05-01T04:00:00.123Z → 8a01031199 unlock board 1 channel 3");
  expect(asText([LINES[2]!])).toBe("2026-05-01T04:00:01Z ! no answer to read board 2 (silent)");
});

it("parts bytes", () => {
  expect(spaced("8a01031199")).toBe("8a 01 03 11 99");
  expect(spaced("fafd…")).toBe("fa fd…");
  expect(spaced("")).toBe("");
});
