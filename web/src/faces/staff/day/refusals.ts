// What the server refuses at the counter, in words for who stands there; some name a time.

import { useI18n } from "vue-i18n";
import { ApiError } from "@/api/errors";
import { clockTime, dayName, dayTime } from "@/bookings/times";

/**
 * Give a function that words an error by a table of rules; other errors stay as they are. `field`:
 * the field that it belongs to here, whatever the server calls it.
 */
export function useReworded(table: string): (error: unknown, field?: string) => unknown {
  const { t, te, locale } = useI18n();
  return (error, field) => {
    if (!(error instanceof ApiError)) return error;
    const known = error.rule !== null && te(`${table}.${error.rule}`);
    if (!known && !field) return error;
    const { next, until, day } = error.details as { next?: { starts_at: string } | null; until?: string; day?: string };
    const parts = [known ? t(`${table}.${error.rule}`) : error.message];
    if (next) parts.push(t("day.next_free", { at: dayTime(next.starts_at, locale.value) }));
    if (known && until) parts.push(t("day.not_before", { at: clockTime(until) }));
    if (known && day) parts.push(dayName(`${day}T12:00:00+08:00`, locale.value));
    return new ApiError({
      code: error.code, message: known ? parts.join(t("day.comma")) : error.message, field: field ?? error.field,
      rule: known ? null : error.rule, details: error.details, status: error.status,
    });
  };
}
