// Alerts as staff are shown them: those that last or were not seen, the worst first. Pure.

import type { AlertView } from "@/api/types";

/** Put an alert in place of an older version of it; the same list when it is no news. */
export function withAlert(known: readonly AlertView[], alert: AlertView): readonly AlertView[] {
  const before = known.find((one) => one.alert_id === alert.alert_id);
  if (before && before.version >= alert.version) return known;
  return [...known.filter((one) => one !== before), alert];
}

/** Whether it still wants somebody: it lasts, or nobody has seen it. */
export const isPending = (alert: AlertView): boolean => !alert.ended || !alert.acknowledged_by;

export type Wanted = "pending" | "unseen" | "all";

/** Those that are wanted: lasting ones first, then by severity, then the latest. */
export function sorted(alerts: readonly AlertView[], wanted: Wanted): AlertView[] {
  const fits = (alert: AlertView): boolean =>
    wanted === "all" || (wanted === "unseen" ? !alert.acknowledged_by : isPending(alert));
  return alerts.filter(fits).sort((one, other) =>
    Number(Boolean(one.ended)) - Number(Boolean(other.ended)) ||
    other.severity - one.severity || other.since.localeCompare(one.since));
}

/** An alert that a fact of staff's feed carries, if it is one. */
export function alertOf(event: { type: string; kind?: string; data?: unknown }): AlertView | null {
  return event.type === "fact" && event.kind === "alert" ? (event.data as AlertView) : null;
}
