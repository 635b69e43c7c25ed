// "Why is my feed empty?": every condition for seeing and claiming offers, yes or no, and what to do.
// The server says what decides (GET /v1/courier/feed-check); this page adds what only it knows.

import type { FeedCheckView } from "@/api/types";
import type { NoPlace } from "@/kit/places";

export type CheckName =
  | "courier" | "certified" | "duty" | "device_place" | "position" | "terminals" | "offers" | "cap" | "socket" | "server_socket";

/** `info` holds back nothing by itself. */
export type Verdict = "yes" | "no" | "info";

export interface Check {
  name: CheckName;
  verdict: Verdict;
  /** Which text of `courier.check.NAME` says it, and what goes into it. */
  text: string;
  values: Record<string, string | number>;
  /** A page of this face where it is put right. */
  to: "/certification" | "/jobs" | "/offers" | null;
}

export interface Here {
  link: string;
  noPlace: NoPlace | null;
  byDevice: boolean;
  nowMs: number;
}

const check = (name: CheckName, verdict: Verdict, text: string, values: Check["values"] = {}, to: Check["to"] = null): Check => ({
  name, verdict, text, values, to,
});

/** All conditions in the order in which one puts them right. */
export function checksOf(told: FeedCheckView, here: Here): Check[] {
  return [certified(told), duty(told), ...place(told, here), terminals(told), offers(told), cap(told), ...sockets(told, here)];
}

function certified(told: FeedCheckView): Check {
  if (told.certified) return check("certified", "yes", "yes");
  const text = told.may_see_offers ? "not_yet" : told.certification;
  return check("certified", "no", text, {}, "/certification");
}

const duty = (told: FeedCheckView): Check =>
  told.on_duty ? check("duty", "yes", "yes") : check("duty", "no", "no", {}, "/offers");

function place(told: FeedCheckView, here: Here): Check[] {
  const rows: Check[] = [];
  if (here.byDevice && here.noPlace) rows.push(check("device_place", told.position_counts ? "info" : "no", here.noPlace, {}, "/offers"));
  if (!told.on_duty) return rows;
  if (told.position_counts) return [...rows, check("position", "yes", "yes", { minutes: age(told, here) })];
  const minutes = Math.round(told.position_counts_seconds / 60);
  const districts = told.districts.join(" ");
  const standsIn = told.districts.length > 0;
  const text = told.position_at ? (standsIn ? "old" : "old_alone") : standsIn ? "none" : "none_alone";
  return [...rows, check("position", "no", text, { minutes, districts, age: age(told, here) }, "/offers")];
}

const age = (told: FeedCheckView, here: Here): number =>
  told.position_at ? Math.max(0, Math.round((here.nowMs - Date.parse(told.position_at)) / 60_000)) : 0;

function terminals({ on_duty, terminals, terminals_online }: FeedCheckView): Check {
  if (!on_duty) return check("terminals", "info", "off_duty");
  if (terminals === 0) return check("terminals", "no", "none");
  const values = { terminals, online: terminals_online };
  return terminals_online ? check("terminals", "yes", "yes", values) : check("terminals", "info", "offline", values);
}

function offers({ on_duty, may_see_offers, offers, offers_beyond }: FeedCheckView): Check {
  if (!on_duty || !may_see_offers) return check("offers", "info", "unseen");
  if (offers > 0) return check("offers", "yes", "yes", { offers }, "/offers");
  return offers_beyond ? check("offers", "no", "beyond", { offers: offers_beyond }) : check("offers", "no", "none");
}

const cap = ({ has_room, carrying, cap: most }: FeedCheckView): Check =>
  has_room ? check("cap", "yes", "yes", { carrying, cap: most }) : check("cap", "no", "no", { carrying, cap: most }, "/jobs");

function sockets(told: FeedCheckView, { link }: Here): Check[] {
  if (link !== "live") return [check("socket", "no", "no")];
  // The server counts sockets of couriers on duty; a moment after going there it may not have yet.
  return told.on_duty && !told.live ? [check("socket", "yes", "yes"), check("server_socket", "info", "no")] : [check("socket", "yes", "yes")];
}

/** The first thing that is in the way, or null. */
export const firstNo = (checks: readonly Check[]): Check | null => checks.find((one) => one.verdict === "no") ?? null;
