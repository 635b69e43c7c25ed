import { effectScope } from "vue";
import { describe, expect, it } from "vitest";
import { newestBy, useLatest } from "./latest";

describe("questions that follow one another", () => {
  it("count only the last one", () => {
    const latest = useLatest();
    const first = latest.ask();
    expect(first()).toBe(true);
    const second = latest.ask();
    expect([first(), second()]).toEqual([false, true]);
    latest.drop();
    expect(second()).toBe(false);
  });

  it("count no more once their component is gone", () => {
    const scope = effectScope();
    const counts = scope.run(() => useLatest().ask())!;
    expect(counts()).toBe(true);
    scope.stop();
    expect(counts()).toBe(false);
  });
});

describe("things told several times", () => {
  const newest = () => newestBy((one: { id: string; version: number; said?: string }) => one.id, (one) => one.version);

  it("stay as their newest version, however late an older one comes", () => {
    const of = newest();
    expect(of({ id: "a", version: 2 })).toEqual({ id: "a", version: 2 });
    expect(of({ id: "a", version: 1 })).toEqual({ id: "a", version: 2 });
    expect(of({ id: "b", version: 1 })).toEqual({ id: "b", version: 1 });
  });

  it("take what is told anew of the same version", () => {
    const of = newest();
    of({ id: "a", version: 2, said: "before" });
    expect(of({ id: "a", version: 2, said: "after" }).said).toBe("after");
  });
});
