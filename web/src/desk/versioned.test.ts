import { describe, expect, it } from "vitest";
import { merged } from "./versioned";

const base = { name: "甲", phone: "1", hours: ["a", "b"] };

describe("somebody else saved first", () => {
  it("takes theirs where I changed nothing, and tells what that is", () => {
    const theirs = { ...base, phone: "2" };
    const { fields, changes } = merged({ ...base, name: "乙" }, base, theirs);
    expect(fields).toEqual({ name: "乙", phone: "2", hours: ["a", "b"] });
    expect(changes).toEqual([{ field: "phone", before: "1", now: "2" }]);
  });

  it("keeps mine where both changed a field, and shows both", () => {
    const { fields, changes } = merged({ ...base, hours: ["a", "c"] }, base, { ...base, hours: ["d"] });
    expect(fields.hours).toEqual(["a", "c"]);
    expect(changes).toEqual([{ field: "hours", before: ["a", "b"], now: ["d"], mine: ["a", "c"] }]);
  });

  it("has nothing to argue about where both wrote the same", () => {
    const { changes } = merged({ ...base, name: "丙" }, base, { ...base, name: "丙" });
    expect(changes).toEqual([{ field: "name", before: "甲", now: "丙" }]);
  });

  it("shares nothing with what was read", () => {
    const theirs = { ...base };
    const { fields } = merged(base, base, theirs);
    fields.hours.push("z");
    expect(theirs.hours).toEqual(["a", "b"]);
  });
});
