// Why a feed is empty, as the page says it.

import { expect, test } from "vitest";
import type { FeedCheckView } from "@/api/types";
import { checksOf, firstNo, type Here } from "./checks";

const GOOD: FeedCheckView = {
  certification: "certified", certified: true, may_see_offers: true, carrying: 1, cap: 5, has_room: true, on_duty: true,
  position_at: "2026-11-22T06:00:00Z", position_counts: true, position_counts_seconds: 600, districts: ["ws105"],
  terminals: 3, terminals_online: 2, offers: 4, offers_beyond: 0, live: true,
};
const HERE: Here = { link: "live", noPlace: null, byDevice: true, nowMs: Date.parse("2026-11-22T06:02:00Z") };

const first = (told: Partial<FeedCheckView>, here: Partial<Here> = {}) => firstNo(checksOf({ ...GOOD, ...told }, { ...HERE, ...here }));

test("all is well: nothing is in the way, and every condition is listed", () => {
  const checks = checksOf(GOOD, HERE);
  expect(firstNo(checks)).toBeNull();
  expect(checks.map((one) => one.name)).toEqual(["certified", "duty", "position", "terminals", "offers", "cap", "socket"]);
  expect(checks.find((one) => one.name === "position")?.values).toEqual({ minutes: 2 });
});

test.each([
  [{ certified: false, certification: "none" }, {}, "certified", "not_yet"],
  [{ certified: false, certification: "suspended", may_see_offers: false }, {}, "certified", "suspended"],
  [{ certified: false, certification: "expired", may_see_offers: false }, {}, "certified", "expired"],
  [{ on_duty: false, position_at: null, position_counts: false, terminals: 0, offers: 0 }, {}, "duty", "no"],
  [{ position_counts: false }, {}, "position", "old"],
  [{ position_counts: false, districts: [] }, {}, "position", "old_alone"],
  [{ position_counts: false, position_at: null }, {}, "position", "none"],
  [{ position_counts: false, position_at: null, districts: [] }, {}, "position", "none_alone"],
  [{ position_counts: false }, { noPlace: "denied" }, "device_place", "denied"],
  [{ terminals: 0, offers: 0 }, {}, "terminals", "none"],
  [{ offers: 0 }, {}, "offers", "none"],
  [{ offers: 0, offers_beyond: 2 }, {}, "offers", "beyond"],
  [{ has_room: false, carrying: 5 }, {}, "cap", "no"],
  [{}, { link: "offline" }, "socket", "no"],
] as const)("%o %o: %s, %s", (told, here, name, text) => {
  expect(first(told, here)).toMatchObject({ name, text });
});

test("a device that says nothing is no obstacle while a typed place counts", () => {
  expect(first({}, { noPlace: "denied" })).toBeNull();
  expect(first({}, { noPlace: "denied", byDevice: false })).toBeNull();
});

test("what is unknown off duty is not called a no", () => {
  const checks = checksOf({ ...GOOD, on_duty: false, position_counts: false, position_at: null, terminals: 0, offers: 0 }, HERE);
  expect(checks.filter((one) => one.verdict === "no").map((one) => one.name)).toEqual(["duty"]);
});
