import { expect, it } from "vitest";
import { queuesNow } from "./queues";

const at = (minute: number) => `2026-11-22T10:0${minute}:00Z`;

it("has alarms first, then what waits longest, and nothing that is empty", () => {
  const counts = {
    reviews: { waiting: 2, oldest: at(3) },
    certifications: { waiting: 1, oldest: at(1) },
    invoices: { waiting: 0, oldest: null },
    alerts: { waiting: 1, oldest: at(5), alarm: true },
  };
  expect(queuesNow(counts, null).map((one) => one.name)).toEqual(["alerts", "certifications", "reviews"]);
});

it("counts what hangs, of all kinds, as one alarm", () => {
  const stuck = { counts: { a: 2, b: 1 }, stuck: [{ since: at(4) }, { since: at(2) }] } as unknown as Parameters<typeof queuesNow>[1];
  expect(queuesNow({}, stuck)).toEqual([{ name: "stuck", waiting: 3, oldest: at(2), alarm: true }]);
  expect(queuesNow({}, { counts: {}, stuck: [] })).toEqual([]);
});
