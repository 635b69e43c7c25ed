// Moving through rows by keys, in a table or a list: which row is on, and what a key does to it.

export type Move = { to: number } | { open: number } | null;

/** What a key means when `at` of `count` rows is on (-1: none); null when it is not for the rows. */
export function moved(key: string, at: number, count: number): Move {
  if (count === 0) return null;
  if (key === "ArrowDown" || key === "j") return { to: Math.min(count - 1, at + 1) };
  if (key === "ArrowUp" || key === "k") return { to: Math.max(0, at - 1) };
  if (key === "Home") return { to: 0 };
  if (key === "End") return { to: count - 1 };
  if (key === "Enter" && at >= 0 && at < count) return { open: at };
  return null;
}

/** Whether somebody is typing there: keys are letters then. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
}
