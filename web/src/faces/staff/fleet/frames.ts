// The boards' frame log as a table: what is shown of it by way, text and errors, and as text. Pure.

import type { FrameLine } from "@/api/types";

export type Way = FrameLine["way"];

export interface FrameFilter {
  way: Way | "";
  text: string;
  errors: boolean;
}

export const SIGNS: Readonly<Record<Way, string>> = { sent: "→", heard: "←", dropped: "≠", noted: "!", folded: "…" };

/** Lines that fit, the newest first. Bytes are found with or without blanks between them. */
export function shown(lines: readonly FrameLine[], { way, text, errors }: FrameFilter): FrameLine[] {
  const wanted = text.trim().toLowerCase();
  const bytes = wanted.replace(/\s/g, "");
  const fits = (line: FrameLine): boolean =>
    (way === "" || line.way === way) &&
    (!errors || line.is_error === true) &&
    (wanted === "" || (line.words ?? "").toLowerCase().includes(wanted) || (bytes !== "" && (line.hex ?? "").includes(bytes)));
  return lines.filter(fits).reverse();
}

/** Bytes in pairs, as people read them. */
export const spaced = (hex: string): string => hex.replace(/[0-9a-f]{2}(?=[0-9a-f])/gi, "$& ");

/** The time of day to the millisecond, in this device's zone. */
export function clock(at: string): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Lines as the agent's own log has them, to be sent to whoever knows the boards. */
export const asText = (lines: readonly FrameLine[]): string =>
  lines.map(({ at, way, hex, words }) => [at, SIGNS[way], hex, words].filter(Boolean).join(" ")).join("\n");
