// A battery's record between its form and the server: kilograms, China's time, scanned codes. Pure.

import type { BatteryView, RecordBattery } from "@/api/types";

export const CONDITIONS = ["intact", "dented", "swollen", "leaking", "flooded", "burnt"] as const;
export const MOST_PHOTOS = 6;

const GRAMS = 1000;

/** What the form keeps over a reload; whom the battery was handed to is a name and stays off the device. */
export interface Draft {
  model: string;
  code: string;
  count: string;
  kilograms: string;
  condition: string;
  note: string;
  handedAt: string;
  photos: string[];
  /** The version that it was begun from. */
  from: number;
}

/** A form with the newest version in it, or an empty one. */
export function draftOf(newest: BatteryView | undefined): Draft {
  if (!newest) return { model: "", code: "", count: "1", kilograms: "", condition: "intact", note: "", handedAt: "", photos: [], from: 0 };
  return {
    model: newest.model,
    code: newest.code,
    count: String(newest.count),
    kilograms: String(newest.weight_grams / GRAMS),
    condition: newest.condition,
    note: newest.note,
    handedAt: localTime(newest.handed_at ?? null),
    photos: [...newest.photos],
    from: newest.version,
  };
}

export type Lost = "photos" | "handed_to";

/** What goes with a form that is closed unsaved: the rest of it is kept in the tab. */
export function lostWith(unsentPhotos: number, handedTo: string, before: string): Lost[] {
  const lost: Lost[] = unsentPhotos ? ["photos"] : [];
  return handedTo.trim() === before.trim() ? lost : [...lost, "handed_to"];
}

/** Names of fields that have to be filled in and are not; the hand-over has both of its fields or none. */
export function missing(draft: Draft, handedTo: string): string[] {
  const needed = { model: draft.model, code: draft.code, count: draft.count, weight_grams: draft.kilograms };
  const empty = Object.entries(needed).filter(([, text]) => !text.trim()).map(([name]) => name);
  if (handedTo.trim() && !draft.handedAt) empty.push("handed_at");
  if (draft.handedAt && !handedTo.trim()) empty.push("handed_to");
  return empty;
}

export function bodyOf(draft: Draft, version: number, handedTo: string): RecordBattery {
  return {
    version,
    model: draft.model.trim(),
    code: draft.code.trim(),
    count: Math.trunc(Number(draft.count)) || 0,
    weight_grams: Math.round(Number(draft.kilograms) * GRAMS) || 0,
    condition: draft.condition as RecordBattery["condition"],
    note: draft.note.trim(),
    photos: draft.photos,
    ...(handedTo.trim() ? { handed_to: handedTo.trim(), handed_at: `${draft.handedAt}:00+08:00` } : {}),
  };
}

/** An instant as a form's field wants it, in China's time, to the minute. */
export function localTime(instant: string | number | null): string {
  if (instant === null) return "";
  return new Date(instant).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 16).replace(" ", "T");
}

export const kilograms = (grams: number): string => `${grams / GRAMS} kg`;

/** The battery's code of a scanned one: bar codes come with their kind before them; null: none. */
export function scannedCode(text: string): string | null {
  const code = text.replace(/^[A-Z0-9_-]+,/, "").replace(/\s/g, "").toUpperCase();
  return /^[0-9A-Z][0-9A-Z-]{2,38}[0-9A-Z]$/.test(code) ? code : null;
}
