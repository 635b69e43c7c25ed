// A queue that one person works through while others do too: one item is at hand; it stays there,
// with what was typed, when somebody else decides on it, and the next one is the one after it.

/** Which item is at hand after the queue was read anew. `gone`: others took the one at hand. */
export interface AtHand<Item> {
  item: Item | null;
  gone: boolean;
}

/**
 * What is at hand now. What was at hand stays (in its newest form), also when it left the queue,
 * unless this person `decided` it: then it is the item that stood behind it.
 */
export function atHand<Item>(
  now: readonly Item[],
  before: AtHand<Item>,
  keyOf: (item: Item) => string,
  decided: { key: string; behind: readonly string[] } | null = null,
): AtHand<Item> {
  const find = (key: string) => now.find((item) => keyOf(item) === key) ?? null;
  if (!before.item) return { item: now[0] ?? null, gone: false };
  const key = keyOf(before.item);
  const same = find(key);
  if (same) return { item: same, gone: false };
  if (decided?.key !== key) return { item: before.item, gone: true };
  const behind = decided.behind.map(find).find((item) => item !== null);
  return { item: behind ?? now.at(-1) ?? null, gone: false };
}

/** Keys of the items behind one, nearest first. */
export function behind<Item>(items: readonly Item[], key: string, keyOf: (item: Item) => string): string[] {
  const keys = items.map(keyOf);
  const at = keys.indexOf(key);
  return at < 0 ? keys : keys.slice(at + 1);
}

/** The queue without one of its items. */
export const without = <Item>(items: readonly Item[], key: string, keyOf: (item: Item) => string): Item[] =>
  items.filter((item) => keyOf(item) !== key);

/** The item `steps` away from the one at hand; from one that is gone, the first. */
export function step<Item>(items: readonly Item[], key: string | null, steps: number, keyOf: (item: Item) => string): Item | null {
  const at = key === null ? -1 : items.findIndex((item) => keyOf(item) === key);
  if (at < 0) return items[0] ?? null;
  return items[Math.min(items.length - 1, Math.max(0, at + steps))] ?? null;
}
