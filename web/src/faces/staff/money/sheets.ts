// Days of finance's files, and a file handed to the person without its token in a URL.

const CHINA_MS = 8 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
const KEPT_MS = 60_000;

/** Yesterday in China, whatever zone the browser is in. */
export const yesterday = (now: number): string => new Date(now + CHINA_MS - DAY_MS).toISOString().slice(0, 10);

export const SHEETS = ["ledger", "differences", "payouts"] as const;
export type Sheet = (typeof SHEETS)[number];

export const nameOf = (sheet: Sheet, day: string): string => `lanjian-${sheet}-${day}.csv`;

/** Give bytes to the person as a file. */
export function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
