// Bookings told in a question: a few of them by time, and how many there are.

import { useI18n } from "vue-i18n";
import type { OutsideBooking } from "@/api/types";
import { when } from "@/kit/time";

const MOST = 6;

export function useTold(): (bookings: readonly OutsideBooking[]) => string {
  const { t, locale } = useI18n();
  return (bookings) => {
    const lines = bookings.slice(0, MOST).map((one) => `· ${when(one.starts_at, locale.value)}  ${one.booking_id}`);
    if (bookings.length > MOST) lines.push(t("hours.and_more", { count: bookings.length }));
    return lines.join("\n");
  };
}
