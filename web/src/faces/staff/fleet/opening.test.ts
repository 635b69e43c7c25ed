import { expect, it } from "vitest";
import { begun, heard, isPast, isUnderWay, waited } from "./opening";

const event = (kind: string, command = "C1") => ({ command, event: kind });

it("climbs by what is heard, and by nothing of another command", () => {
  let opening = begun("C1", 3, 1000);
  expect(heard(opening, event("sensed_open", "C2"))).toBe(opening);
  expect(heard(opening, { event: "sensed_open" })).toBe(opening);
  opening = heard(opening, event("sent"));
  expect([isPast(opening, "sent"), isPast(opening, "opened")]).toEqual([true, false]);
  opening = heard(opening, event("pulsed"));
  expect(isUnderWay(opening)).toBe(true);
  expect(isPast(opening, "opened")).toBe(false);
  opening = heard(opening, event("sensed_open"));
  expect([isPast(opening, "opened"), isUnderWay(opening)]).toEqual([true, false]);
  expect(heard(opening, event("sent"))).toBe(opening);
  expect(heard(opening, event("sensed_closed")).step).toBe("closed");
});

it("may open after it was given up", () => {
  const failed = heard(begun("C1", 3, 1000), event("jammed"));
  expect([failed.step, failed.failure]).toEqual(["failed", "jammed"]);
  expect(heard(failed, event("sensed_open"))).toMatchObject({ step: "opened", failure: null });
});

it("tells at once why the terminal did not carry it out", () => {
  const refused = heard(begun("C1", 3, 1000), { command: "C1", event: "refused", reason: "disk" });
  expect(refused).toMatchObject({ step: "failed", failure: "refused", reason: "disk" });
  expect(heard(refused, event("refused"))).toBe(refused); // the door's own event comes after it, without a reason
  expect(heard(begun("C1", 3, 1000), { command: "C1", event: "jammed", reason: "jammed" }).reason).toBe(null);
  expect(heard(begun("C1", 3, 1000), { command: "C1", event: "expired", reason: "unheard" }).failure).toBe("unheard");
});

it("is given up when nothing is heard for long, unless it is over", () => {
  const opening = begun("C1", 3, 1000);
  expect(waited(opening, 30_999)).toBe(opening);
  expect(waited(opening, 31_000)).toMatchObject({ step: "failed", failure: "unheard" });
  const open = heard(opening, event("sensed_open"));
  expect(waited(open, 99_000)).toBe(open);
});
