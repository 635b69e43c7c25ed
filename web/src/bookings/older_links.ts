// Links of before these pages had paths of their own: `/book#slots/N1` is `/book/slots/N1`. They
// stand in messages that were sent long ago.

/** Give the path that an older link's hash means, or true to go on. */
export function olderPath(hash: string, panels: readonly string[]): string | true {
  const [panel, ...rest] = decodeURIComponent(hash.replace(/^#/, "")).split("/");
  if (!panel || !panels.includes(panel)) return true;
  return `/${[panel, ...rest].filter((part) => /^[A-Za-z0-9_-]+$/.test(part)).join("/")}`;
}
