// The server's time for components, and times as people read them.

import { onScopeDispose, type Ref, ref } from "vue";
import { serverClock } from "@/api/clock";

const TICK_MS = 1000;

/** The server's time in milliseconds, moving once a second while the component lives. */
export function useNow(): Readonly<Ref<number>> {
  const now = ref(serverClock.now());
  const timer = setInterval(() => (now.value = serverClock.now()), TICK_MS);
  onScopeDispose(() => clearInterval(timer));
  return now;
}

/** Seconds from one instant of the server's to another, never below zero. */
export const secondsLeft = (until: string, nowMs: number): number =>
  Math.max(0, (Date.parse(until) - nowMs) / 1000);

/** A span of seconds as 1:02:03 or 2:03. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number: number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** The local time of an instant, with the day unless it is today. */
export function when(instant: string, language: string): string {
  const at = new Date(instant);
  const today = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", {
    ...(today ? {} : { month: "short", day: "numeric" }),
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(at);
}

/** The last day of what is good until an instant: the day before that midnight, in China. */
export const lastDay = (until: string): string =>
  new Date(Date.parse(until) - 1).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
