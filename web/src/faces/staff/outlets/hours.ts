// An outlet's hours as staff type them ("09:00-12:00 14:00-18:00") and as the API has them; pure.

import { ApiError } from "@/api/errors";
import type { CalendarBody, SpanBody, StaffOutletView } from "@/api/types";

const HOUR = 3600;
const DAY_MS = 86_400_000;
const CLOSED = /^(休息|closed|关|-)?$/i;
const SPAN = /^(\d{1,2})[:：](\d{2})\s*[-–—~～至]\s*(\d{1,2})[:：](\d{2})$/;
const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/** At most so many days are written by one range. */
export const MOST_RANGE = 62;

export interface SpecialField {
  day: string;
  hours: string;
  reason: string;
}

/** What the form holds; a day without hours is closed. */
export interface HoursFields {
  week: string[];
  special: SpecialField[];
  capacity: number;
  slot_minutes: number;
  cancel_hours: number;
}

export const NO_HOURS: HoursFields = { week: ["", "", "", "", "", "", ""], special: [], capacity: 1, slot_minutes: 60, cancel_hours: 4 };

const two = (number: number): string => String(number).padStart(2, "0");

/** A minute of the day: 540 is 09:00, 1440 is 24:00. */
export const clock = (minute: number): string => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

/** A day's hours as they are typed; "" for a closed day. */
export const written = (spans: readonly SpanBody[]): string => spans.map(({ opens, closes }) => `${clock(opens)}-${clock(closes)}`).join(" ");

const refused = (field: string, rule: string): ApiError => new ApiError({ code: "invalid_input", field, rule });

/**
 * Read what is typed for one day.
 *
 * @throws ApiError (`spans`) naming the field, where it is no hours; the other rules are the server's.
 */
export function spansOf(text: string, field: string): SpanBody[] {
  const tight = text.replace(/\s*([-–—~～至])\s*/g, "$1").trim();
  if (CLOSED.test(tight)) return [];
  return tight.split(/[\s,，、;；]+/).filter(Boolean).map((word) => {
    const found = SPAN.exec(word);
    if (!found) throw refused(field, "spans");
    const [h, m, hh, mm] = found.slice(1).map(Number) as [number, number, number, number];
    if (m > 59 || mm > 59) throw refused(field, "minute_of_day");
    return { opens: 60 * h + m, closes: 60 * hh + mm };
  });
}

export function fieldsOf({ calendar }: StaffOutletView): HoursFields {
  return {
    week: calendar.week.map(written),
    special: (calendar.special_days ?? []).map(({ day, spans, reason }) => ({ day, hours: written(spans), reason })),
    capacity: calendar.capacity,
    slot_minutes: calendar.slot_minutes ?? NO_HOURS.slot_minutes,
    cancel_hours: (calendar.cancel_before_seconds ?? NO_HOURS.cancel_hours * HOUR) / HOUR,
  };
}

/**
 * What the API is asked for.
 *
 * @throws ApiError naming the form's field that cannot be read.
 */
export function calendarOf(fields: HoursFields): CalendarBody {
  const numbers = { capacity: fields.capacity, slot_minutes: fields.slot_minutes, cancel_hours: fields.cancel_hours };
  for (const [name, value] of Object.entries(numbers)) if (!Number.isFinite(value)) throw refused(name, "number");
  return {
    week: fields.week.map((text, day) => spansOf(text, `week.${day}`)),
    special_days: fields.special.map(({ day, hours, reason }, at) => {
      if (!ISO_DAY.test(day)) throw refused(`special.${at}.day`, "required");
      if (!reason.trim()) throw refused(`special.${at}.reason`, "required");
      return { day, spans: spansOf(hours, `special.${at}.hours`), reason: reason.trim() };
    }),
    capacity: fields.capacity,
    slot_minutes: fields.slot_minutes,
    cancel_before_seconds: Math.round(fields.cancel_hours * HOUR),
  };
}

/** The form's field that the server's is: it names spans, here a day is one field. */
export function formField(field: string | null): string | null {
  const week = /^week\[(\d)\]/.exec(field ?? "");
  if (week) return `week.${week[1]}`;
  const special = /^special_days\[(\d+)\](?:\.(\w+))?/.exec(field ?? "");
  if (special) return `special.${special[1]}.${special[2] === "spans" ? "hours" : special[2] ?? "day"}`;
  if (field === "cancel_before_seconds") return "cancel_hours";
  return field;
}

/** A refusal, naming the form's field. */
export function inForm(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { status, code, message, rule, details } = error;
  return new ApiError({ status, code, message, field: formField(error.field), rule, details });
}

/** The days of a range, both ends included; none if it ends before it begins. */
export function daysFrom(first: string, last: string): string[] {
  const [begins, ends] = [Date.parse(`${first}T00:00Z`), Date.parse(`${last || first}T00:00Z`)];
  if (!Number.isFinite(begins) || !Number.isFinite(ends) || ends < begins) return [];
  const count = Math.min(MOST_RANGE, Math.round((ends - begins) / DAY_MS) + 1);
  return Array.from({ length: count }, (_, at) => new Date(begins + at * DAY_MS).toISOString().slice(0, 10));
}

/** Special days with those of a range written: in order, each day once, the newer word counts. */
export function withRange(special: readonly SpecialField[], days: readonly string[], hours: string, reason: string): SpecialField[] {
  const kept = special.filter(({ day }) => !days.includes(day));
  return [...kept, ...days.map((day) => ({ day, hours, reason }))].sort((one, other) => one.day.localeCompare(other.day));
}
