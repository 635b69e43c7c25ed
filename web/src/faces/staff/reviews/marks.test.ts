import { expect, it } from "vitest";
import { marked, markedPhoto } from "./marks";

it("takes blanks, hyphens and case for nothing", () => {
  expect(marked("sf 1234-5678 90", "SF1234567890")).toBe("same");
  expect(marked("SF1234567891", "SF1234567890")).toBe("differs");
});

it("compares nothing with nothing", () => {
  expect(marked(null, "SF1")).toBeNull();
  expect(marked("SF1", null)).toBeNull();
  expect(markedPhoto([], "SF1")).toBeNull();
});

it("is content with one number of the photo", () => {
  expect(markedPhoto(["X1", "SF1"], "SF1")).toBe("same");
  expect(markedPhoto(["X1", "X2"], "SF1")).toBe("differs");
});
