// A case of papers without its page: its photos' names, what stands on each paper, until when it is
// decided on, and the reason as its owner reads it. Pure.

import type { PapersCase, PapersWaiting } from "@/api/types";
import { type FieldStanding, fieldsOf, KINDS, type PaperKind, sheetOf } from "@/bookings/papers";

/** Reasons that are sent back with words of ours; "other" is the reviewer's own words alone. */
export const REASONS = ["unclear", "other_paper", "name_differs", "plate_differs", "incomplete", "other"] as const;

const SOON_SECONDS = 2 * 3600;

/** A photo's name: of one sheet of one booking, and another once the photo is another. */
export const photoName = (seen: PapersCase, kind: PaperKind): string | null => {
  const sheet = sheetOf(seen.papers, kind);
  return sheet && `${seen.booking.booking_id}/${kind}/${sheet.photo_id}`;
};

/** Where a photo's link is asked for, out of its name. */
export function linkPath(name: string): string {
  const [booking, kind] = name.split("/");
  return `/v1/staff/papers/${booking}/${kind}/link`;
}

/** The papers that were handed in, in their order. */
export const kindsOf = (seen: PapersCase): PaperKind[] => KINDS.filter((kind) => sheetOf(seen.papers, kind) !== null);

/** The papers whose photo was not shown yet: nobody may approve what nobody saw. */
export const unseenOf = (seen: PapersCase, shown: ReadonlySet<string>): PaperKind[] =>
  kindsOf(seen).filter((kind) => !shown.has(photoName(seen, kind) ?? ""));

export interface Line extends FieldStanding {
  /** The form says something else than what counts. */
  differs: boolean;
}

/** Each field of a paper beside what the form says; fields that nobody has are left out. */
export function linesOf(seen: PapersCase, kind: PaperKind): Line[] {
  const typed: Record<string, string | null> = kind === "id_card" ? { name: seen.name } : { plate: seen.plate };
  return fieldsOf(seen.papers, kind)
    .filter((one) => one.value || one.read || one.findings.length)
    .map((one) => ({ ...one, differs: Boolean(typed[one.name] && one.value && typed[one.name] !== one.value) }));
}

/** How many things are not right with a paper, or with all of them; warnings do not count. */
export const failing = (seen: PapersCase, kind?: PaperKind): number =>
  (seen.papers.findings ?? []).filter((one) => one.weight === "fail" && (!kind || one.kind === kind)).length;

export type Urgency = "here" | "late" | "soon" | "fine";

/** How much a case hurries: the car is there already, its time is over, or nearly. */
export function urgency({ booking, decide_until: until }: Pick<PapersWaiting, "booking" | "decide_until">, nowMs: number): Urgency {
  if (booking.state === "checked_in") return "here";
  const left = (Date.parse(until) - nowMs) / 1000;
  if (left <= 0) return "late";
  return left < SOON_SECONDS ? "soon" : "fine";
}

/** The reason as its owner reads it, in both languages where it is one of ours. */
export function reasonText(said: readonly [zh: string, en: string] | null, note: string): string {
  const words = note.trim();
  if (!said) return words;
  return `${said[0]}（${said[1]}）${words ? `：${words}` : ""}`;
}
