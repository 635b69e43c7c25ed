import { expect, it } from "vitest";
import { size } from "./sizes";

it("tells sizes as people read them", () => {
  expect([1, 2048, 1024 * 1024, 2.5 * 1024 * 1024].map(size)).toEqual(["1 KB", "2 KB", "1.0 MB", "2.5 MB"]);
});
