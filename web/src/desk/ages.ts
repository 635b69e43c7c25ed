// How long something waits, as people say it: minutes, hours, days.

import { useI18n } from "vue-i18n";
import { span } from "@/kit/time";

/** Whole minutes, hours or days, the largest that is at least one. */
export function age(seconds: number): [count: number, unit: "minute" | "hour" | "day"] {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 60) return [minutes, "minute"];
  if (minutes < 48 * 60) return [Math.floor(minutes / 60), "hour"];
  return [Math.floor(minutes / 1440), "day"];
}

/** Whole days and the hours beyond them; null below a day. */
export function days(seconds: number): { days: number; hours: number } | null {
  const hours = Math.max(0, Math.floor(seconds / 3600));
  return hours < 24 ? null : { days: Math.floor(hours / 24), hours: hours % 24 };
}

/** Give a function that words how long something lasts: by the second on the first day, then by the hour. */
export function useLasting(): (since: string, nowMs: number) => string {
  const { t } = useI18n();
  return (since, nowMs) => {
    const seconds = (nowMs - Date.parse(since)) / 1000;
    const long = days(seconds);
    return long ? t("desk.lasting", long) : span(seconds);
  };
}

/** Give a function that words how long ago an instant is. */
export function useAge(): (instant: string, nowMs: number) => string {
  const { t } = useI18n();
  return (instant, nowMs) => {
    const [count, unit] = age((nowMs - Date.parse(instant)) / 1000);
    return t(`desk.age_${unit}`, { count });
  };
}
