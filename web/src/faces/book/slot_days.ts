// An outlet's slots by day, and the counts that come while one looks. Pure.

import type { SlotCount, SlotsView, SlotView } from "@/api/types";
import { dayKey } from "@/bookings/times";

export interface Day {
  day: string; // 2026-11-23
  slots: readonly SlotView[];
  closed: string | null; // why it is closed all day
}

/** Put slots and closed days together, the first day first. */
export function byDay({ slots, closed_days: closed }: Pick<SlotsView, "slots" | "closed_days">): Day[] {
  const days = new Map<string, SlotView[]>();
  for (const slot of slots) {
    const day = dayKey(slot.starts_at);
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  const reasons = new Map(closed.map((one) => [one.day, one.reason]));
  return [...new Set([...days.keys(), ...reasons.keys()])].sort().map((day) => ({
    day,
    slots: days.get(day) ?? [],
    closed: days.has(day) ? null : (reasons.get(day) ?? ""),
  }));
}

/** Slots with newer counts; what no count names stays as it is. */
export function counted(slots: readonly SlotView[], counts: ReadonlyMap<string, Pick<SlotCount, "free" | "capacity">>): SlotView[] {
  return slots.map((slot) => {
    const count = counts.get(slot.slot_id);
    return count ? { ...slot, free: count.free, capacity: count.capacity } : slot;
  });
}

export const freeOf = ({ slots }: Day): number => slots.reduce((sum, slot) => sum + slot.free, 0);

/** The day to show: the one chosen while it has slots, else the first with a free place. */
export function shownDay(days: readonly Day[], chosen: string): string {
  if (days.some((one) => one.day === chosen && one.slots.length)) return chosen;
  return (days.find((one) => freeOf(one) > 0) ?? days[0])?.day ?? "";
}
