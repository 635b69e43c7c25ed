import { describe, expect, it } from "vitest";
import { Sought, type Terms } from "./searching";

const TERMS: Terms<{ name: string }> = {
  fromAddress: (query) => ({ name: typeof query["name"] === "string" ? query["name"] : "" }),
  toAddress: ({ name }): Record<string, string> => (name.trim() ? { name: name.trim() } : {}),
};

describe("a search that the address tells", () => {
  it("begins with what the address says, be it nothing", () => {
    expect(new Sought(TERMS).news({})).toEqual({ name: "" });
    expect(new Sought(TERMS).news({ name: "a" })).toEqual({ name: "a" });
  });

  it("takes its own change of the address for no news: somebody types on", () => {
    const sought = new Sought(TERMS);
    sought.news({});
    expect(sought.sent({ name: " a " })).toEqual({ name: "a" });
    expect(sought.news({ name: "a" })).toBeNull();
  });

  it("hears of an address that says something else: the way back, a link", () => {
    const sought = new Sought(TERMS);
    sought.sent({ name: "a" });
    expect(sought.news({})).toEqual({ name: "" });
    expect(sought.news({})).toBeNull();
  });
});
