// A month as a sheet of weeks, and what one day of it shows; pure. Days are texts: "2026-10-01".

import type { OutletDayTold } from "@/api/types";

const DAY_MS = 86_400_000;
const SHEET = 42; // six weeks

const at = (day: string): number => Date.parse(`${day}T00:00Z`);
const text = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const addDays = (day: string, count: number): string => text(at(day) + count * DAY_MS);

/** The month of a day: "2026-10". */
export const monthOf = (day: string): string => day.slice(0, 7);

export function addMonths(month: string, count: number): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return text(Date.UTC(year, number - 1 + count, 1)).slice(0, 7);
}

/** Monday is 0. */
export const weekdayOf = (day: string): number => (new Date(at(day)).getUTCDay() + 6) % 7;

/** The first day of a month's sheet: the Monday on or before the first. */
export function sheetFrom(month: string): { first: string; days: number } {
  const first = `${month}-01`;
  return { first: addDays(first, -weekdayOf(first)), days: SHEET };
}

/** A sheet's weeks; a last one without a day of the month is left out. */
export function weeksOf(days: readonly OutletDayTold[], month: string): OutletDayTold[][] {
  const weeks: OutletDayTold[][] = [];
  for (let from = 0; from < days.length; from += 7) weeks.push(days.slice(from, from + 7));
  return weeks.filter((week) => week.some(({ day }) => monthOf(day) === month));
}

export type DayState = "past" | "closed" | "full" | "open" | "later";

/** What a day is for who would book: over, closed, full, open, or too far ahead yet. */
export function stateOf(one: OutletDayTold, today: string, lastDay: string): DayState {
  if (one.day < today) return "past";
  if (!one.slots) return "closed";
  if (one.day > lastDay) return "later";
  return one.booked >= one.places ? "full" : "open";
}

/** How full a day is, 0 to 1. */
export const fullness = ({ booked, places }: OutletDayTold): number => (places ? Math.min(1, booked / places) : booked ? 1 : 0);

/** Bookings outside the hours, by day in China. */
export function byDay(bookings: readonly { starts_at: string }[]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { starts_at: startsAt } of bookings) {
    const day = dayInChina(startsAt);
    count.set(day, (count.get(day) ?? 0) + 1);
  }
  return count;
}

export const dayInChina = (instant: string): string => text(Date.parse(instant) + 8 * 3_600_000);

/** Bookings that an edit would newly leave outside: those that are not outside already. */
export function newly<One extends { booking_id: string }>(foreseen: readonly One[], already: readonly One[]): One[] {
  const known = new Set(already.map((one) => one.booking_id));
  return foreseen.filter((one) => !known.has(one.booking_id));
}
