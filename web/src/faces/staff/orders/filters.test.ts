import { describe, expect, it } from "vitest";
import { fromAddress, isSet, surelyListed, toAddress, toQuery } from "./filters";

describe("filters of orders", () => {
  it("come back from the address as they were", () => {
    const filters = fromAddress({ custody: "open", since: "2026-11-20", until: "rubbish", person: ["x"] });
    expect(filters).toMatchObject({ custody: "open", since: "2026-11-20", until: "", person: "" });
    expect(fromAddress(toAddress(filters))).toEqual(filters);
    expect(isSet(fromAddress({}))).toBe(false);
  });

  it("ask for whole days in China", () => {
    const asked = toQuery(fromAddress({ since: "2026-11-20", until: "2026-11-20", q: "LJ1" }));
    expect(asked).toEqual({ q: "LJ1", since: "2026-11-20T00:00:00+08:00", until: "2026-11-20T16:00:00.000Z" });
  });

  it("let a changed order in only where that is certain", () => {
    const open = { custody: "open", charge: "paid" };
    expect(surelyListed(fromAddress({}), open)).toBe(true);
    expect(surelyListed(fromAddress({ custody: "claimed" }), open)).toBe(false);
    expect(surelyListed(fromAddress({ q: "LJ" }), open)).toBe(false);
  });
});
