// How long something waits, as people say it: minutes, hours, days.

import { useI18n } from "vue-i18n";

/** Whole minutes, hours or days, the largest that is at least one. */
export function age(seconds: number): [count: number, unit: "minute" | "hour" | "day"] {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 60) return [minutes, "minute"];
  if (minutes < 48 * 60) return [Math.floor(minutes / 60), "hour"];
  return [Math.floor(minutes / 1440), "day"];
}

/** Give a function that words how long ago an instant is. */
export function useAge(): (instant: string, nowMs: number) => string {
  const { t } = useI18n();
  return (instant, nowMs) => {
    const [count, unit] = age((nowMs - Date.parse(instant)) / 1000);
    return t(`desk.age_${unit}`, { count });
  };
}
