// Times of slots as outlets keep them: China's time, wherever the phone is.

const ZONE = { timeZone: "Asia/Shanghai", hour12: false };
const TIME = { ...ZONE, hour: "2-digit", minute: "2-digit" };

/** The day's name for grouping: 2026-11-23. */
export const dayKey = (instant) => new Date(instant).toLocaleDateString("sv-SE", { timeZone: ZONE.timeZone });

export const clockTime = (instant) => new Date(instant).toLocaleTimeString("zh-CN", TIME);

/** A slot's hours; the midnight that ends a day is 24:00. */
export const hours = ({ starts_at: starts, ends_at: ends }) => `${clockTime(starts)}–${clockTime(ends).replace(/^00:00$/, "24:00")}`;

/** 11月23日 周一 */
export const dayName = (instant) => new Date(instant).toLocaleDateString("zh-CN",
  { timeZone: ZONE.timeZone, month: "long", day: "numeric", weekday: "short" });

export const dayTime = (instant) => new Date(instant).toLocaleString("zh-CN",
  { ...TIME, month: "long", day: "numeric", weekday: "short" });

/** The noon of a day that is told as a date. */
export const noon = (day) => new Date(`${day}T12:00:00+08:00`);
