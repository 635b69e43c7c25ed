import { describe, expect, test } from "vitest";
import { ApiError } from "@/api/errors";
import { OpenClaims, refused } from "./claims";

const OFFER = { order_id: "LJ1", offer_version: 1 };

function keeper() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

describe("open claims", () => {
  test("the same offer keeps its request id over a reload, until it is answered", () => {
    const keep = keeper();
    const { id } = new OpenClaims("p", keep).of(OFFER);
    const again = new OpenClaims("p", keep);
    expect(again.of(OFFER).id).toBe(id);
    again.answered(OFFER);
    expect(again.of(OFFER).id).not.toBe(id);
  });

  test("another version, order or person is another claim", () => {
    const keep = keeper();
    const claims = new OpenClaims("p", keep);
    const ids = [claims.of(OFFER), claims.of({ ...OFFER, offer_version: 2 }), claims.of({ ...OFFER, order_id: "LJ2" }), new OpenClaims("q", keep).of(OFFER)];
    expect(new Set(ids.map((claim) => claim.id)).size).toBe(4);
  });

  test("only a claim of just now is asked again by itself", () => {
    let now = 0;
    const claims = new OpenClaims("p", keeper(), () => now);
    claims.of(OFFER);
    now = 119_000;
    expect(claims.fresh()).toHaveLength(1);
    now = 121_000;
    expect(claims.fresh()).toHaveLength(0);
  });

  test("what cannot be read counts as nothing", () => {
    const keep = keeper();
    keep.kept.set("lanjian.claims.p", "{");
    expect(new OpenClaims("p", keep).fresh()).toEqual([]);
    keep.kept.set("lanjian.claims.p", "7");
    expect(new OpenClaims("p", keep).of(OFFER).id).toBeTruthy();
  });
});

describe("refusals", () => {
  const said = (told: ConstructorParameters<typeof ApiError>[0]) => refused(OFFER, new ApiError(told));

  test.each([
    [0.18, "0.18"],
    [0.004, "0.004"],
    [12.345, "12.35"],
  ])("earlier by %d s is said as %s", (earlier_seconds, seconds) => {
    expect(said({ code: "taken", status: 409, details: { earlier_seconds } })).toMatchObject({ outcome: "gone", text: "earlier", values: { seconds } });
  });

  test("taken without a time is still gone", () => {
    expect(said({ code: "taken", status: 409 })).toMatchObject({ outcome: "gone", text: "taken" });
  });

  test.each(["offline", "timeout", "unavailable"])("%s is not known, and may be asked again", (code) => {
    expect(said({ code }).outcome).toBe("unsure");
  });

  test("a fault of the server leaves the outcome open", () => {
    expect(said({ code: "internal", status: 500 }).outcome).toBe("unsure");
  });

  test("the cap says its number", () => {
    expect(said({ code: "cap_reached", status: 409, details: { cap: 5, carrying: 5 } })).toMatchObject({ outcome: "no", text: "cap_at", values: { cap: 5, carrying: 5 } });
    expect(said({ code: "cap_reached", status: 409 })).toMatchObject({ outcome: "no", text: "cap_reached" });
  });

  test.each([
    ["offer_closed", "gone"], ["not_found", "gone"], ["stale", "no"], ["barred", "no"], ["not_certified", "no"],
  ])("%s is %s", (code, outcome) => {
    expect(said({ code, status: 409 })).toMatchObject({ outcome, text: code });
  });

  test("one's own order is said so; what is unknown is said in the server's words", () => {
    expect(said({ code: "conflict", status: 409, rule: "not_your_own" }).text).toBe("own");
    expect(said({ code: "something_new", status: 409 }).text).toBeNull();
  });
});
