// An order's story as lines: which word of which table says what happened, and what stands beside it.

import type { StoryEntry } from "@/api/types";
import { yuan } from "@/kit/amounts";

/** The table of texts that an entry's word is in. */
export const TABLES: Record<string, string> = {
  event: "step", door: "doorEvent", command: "commandState", posting: "posting", notice: "step", record: "record",
};

/** Which of an entry's details have a place of their own, or say nothing to people. */
const HIDDEN = new Set(["custody", "charge", "evidence", "number", "person", "hears", "state", "tries", "purpose", "reason", "command"]);

export interface Detail {
  name: string;
  value: string;
}

/** An entry's further details, in the order the server gave them; what is empty is left out. */
export function detailsOf(entry: StoryEntry): Detail[] {
  const hidden = entry.source === "event" ? new Set([...HIDDEN].filter((name) => name !== "reason")) : HIDDEN;
  return Object.entries(entry.details)
    .filter(([name, value]) => value !== null && value !== "" && !hidden.has(name))
    .map(([name, value]) => ({ name, value: entry.source === "posting" ? signed(value) : name.endsWith("_fen") && typeof value === "number" ? yuan(value) : String(value) }));
}

const signed = (value: unknown): string => (typeof value === "number" ? (value / 100).toFixed(2) : String(value));

/** Entries of the sources that are shown. */
export const of = (entries: readonly StoryEntry[], sources: ReadonlySet<string>): StoryEntry[] =>
  entries.filter((entry) => sources.has(entry.source));
