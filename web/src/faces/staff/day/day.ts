// An outlet's day without its page: its rows in order, counts, what may be done with each, what
// was typed into the field for codes and plates, and what an event asks to be read anew. Pure.

import type { BookingChanged, DayRow } from "@/api/types";

/** A booking's states that the list has, in the order of the filter. */
export const STATES = ["booked", "checked_in", "done", "no_show", "rejected"] as const;

/** As the server signs them: booking, step of time, signature. */
const CODE = /^B[0-9A-Z]{2,39}\.[0-9]{1,12}\.[0-9a-f]{16}$/;

/** Steps after which a place may be free or taken, or a booking may be on another day. */
const MOVES = new Set(["booked", "rescheduled", "checked_in", "cancelled", "rejected", "no_show"]);

export type Act = "check_in" | "came_late" | "record" | "see_record" | "finish" | "label" | "papers" | "no_show" | "reject" | "cancel" | "who";

const idOf = (row: DayRow): string => row.booking.booking_id;

export const isCode = (text: string): boolean => CODE.test(text.trim());

/** What is asked of the server for a code or plate that was scanned or typed. */
export const checkInBody = (text: string): { code: string } | { plate: string } =>
  isCode(text) ? { code: text.trim() } : { plate: text.trim() };

/** The rows by the beginning of their slots. */
export const inOrder = (rows: readonly DayRow[]): DayRow[] =>
  [...rows].sort((a, b) => a.booking.starts_at.localeCompare(b.booking.starts_at) || idOf(a).localeCompare(idOf(b)));

/** The rows with one of them in its newer form; one that was not there is added. */
export const withRow = (rows: readonly DayRow[], row: DayRow): DayRow[] =>
  inOrder([...rows.filter((one) => idOf(one) !== idOf(row)), row]);

export function counted(rows: readonly DayRow[]): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(STATES.map((state) => [state, 0]));
  for (const { booking } of rows) counts[booking.state] = (counts[booking.state] ?? 0) + 1;
  return counts;
}

/** Rows of a state ("": all) whose plate, name, phone or number has what is typed. */
export function matching(rows: readonly DayRow[], state: string, typed: string): DayRow[] {
  const text = typed.replace(/\s/g, "").toUpperCase();
  return rows.filter((row) => {
    if (state && row.booking.state !== state) return false;
    return !text || [row.plate, row.name, row.phone, idOf(row)].some((one) => one.toUpperCase().includes(text));
  });
}

/** What staff may do with a booking now, what is next first. */
export function actsFor(row: DayRow, nowMs: number, judges: boolean): Act[] {
  const { state, starts_at: starts, papers } = row.booking;
  const acts: Act[] = [];
  if (state === "booked") acts.push("check_in");
  if (state === "no_show") acts.push("came_late");
  if (state === "checked_in" && row.battery) acts.push("finish");
  if (state === "checked_in" || state === "done") acts.push(row.battery ? "see_record" : "record");
  if (row.battery) acts.push("label");
  if (judges && papers === "pending" && state === "checked_in") acts.push("papers");
  if (state === "booked" && Date.parse(starts) < nowMs) acts.push("no_show");
  if (state === "booked" || state === "checked_in") acts.push("reject");
  if (state === "booked") acts.push("cancel");
  return [...acts, "who"];
}

export type Choice = { outlet: string } | { ask: string } | { strange: string };

/**
 * Which outlet's day is shown: that of the address, else the last one, else the first. `ask`: the
 * server has to say whether it is this person's; `strange`: it said no, and no other takes the place
 * of what the address names.
 */
export function choice(asked: string, last: string, mine: readonly string[], strange: ReadonlySet<string>): Choice {
  const known = (id: string): Choice => (mine.includes(id) ? { outlet: id } : { ask: id });
  if (asked) return strange.has(asked) ? { strange: asked } : known(asked);
  return last && !strange.has(last) ? known(last) : { outlet: mine[0] ?? "" };
}

/** What an event asks for: the whole day, one row of it, or nothing. */
export function wanted(event: BookingChanged, rows: readonly DayRow[]): "day" | "row" | "nothing" {
  const known = rows.find((row) => idOf(row) === event.booking.booking_id);
  if (known && known.booking.version >= event.booking.version) return "nothing";
  return !known || MOVES.has(event.step) ? "day" : "row";
}

/** A date so many days from another, both as 2026-11-22. */
export function daysFrom(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}
