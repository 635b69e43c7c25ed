// Times of slots as outlets keep them: China's time, wherever the phone is.

const ZONE = { timeZone: "Asia/Shanghai", hour12: false } as const;
const TIME = { ...ZONE, hour: "2-digit", minute: "2-digit" } as const;
const DAY = { timeZone: ZONE.timeZone, month: "long", day: "numeric", weekday: "short" } as const;

const locale = (language: string): string => (language === "zh" ? "zh-CN" : "en-GB");

/** The day's name for grouping: 2026-11-23. */
export const dayKey = (instant: string | Date): string =>
  new Date(instant).toLocaleDateString("sv-SE", { timeZone: ZONE.timeZone });

/** 09:00 */
export const clockTime = (instant: string): string => new Date(instant).toLocaleTimeString("zh-CN", TIME);

/** A slot's hours; the midnight that ends a day is 24:00. */
export const hours = ({ starts_at: starts, ends_at: ends }: { starts_at: string; ends_at: string }): string =>
  `${clockTime(starts)}–${clockTime(ends).replace(/^00:00$/, "24:00")}`;

/** 11月23日周一 */
export const dayName = (instant: string | Date, language: string): string =>
  new Date(instant).toLocaleDateString(locale(language), DAY);

/** 11月23日周一 09:00 */
export const dayTime = (instant: string, language: string): string =>
  `${dayName(instant, language)} ${clockTime(instant)}`;

/** The noon of a day that is told as a date. */
export const noon = (day: string): Date => new Date(`${day}T12:00:00+08:00`);
