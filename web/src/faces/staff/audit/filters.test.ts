import { expect, it } from "vitest";
import { asked, fromUrl, NONE, pageOf, toUrl } from "./filters";

it("keeps what is looked for in the URL, and nothing else", () => {
  const filters = { ...NONE, kind: "terminal", id: "T-1", action: "open_door" };
  expect(toUrl(filters)).toEqual({ kind: "terminal", id: "T-1", action: "open_door" });
  expect(fromUrl({ ...toUrl(filters), evil: "x", person: ["a", "b"] })).toEqual(filters);
  expect(toUrl(NONE)).toEqual({});
});

it("asks by kind and id, and by instants", () => {
  expect(asked({ ...NONE, id: " LJ1 ", since: "2026-11-22T10:00" })).toEqual({
    person: "", subject: "order:LJ1", action: "", until: "", since: new Date("2026-11-22T10:00").toISOString(),
  });
  expect(asked({ ...NONE, since: "nonsense" })["since"]).toBe("");
});

it("leads to orders, outlets and enterprises", () => {
  expect(pageOf("outlet:N1")).toBe("/outlets/N1");
  expect(pageOf("enterprise:E1")).toBe("/enterprises/E1");
  expect(pageOf("order:LJ1")).toBe("/orders/LJ1");
  expect(pageOf("photo:F1")).toBeNull();
});
