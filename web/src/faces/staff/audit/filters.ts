// What is looked for in the record, as the page's own URL keeps it and as the API is asked.

/** Kinds of things that records are about; the id is typed beside. */
export const KINDS = ["order", "person", "terminal", "cell", "booking", "outlet", "enterprise", "photo", "payout", "alert"] as const;

export interface Filters {
  person: string;
  kind: string;
  id: string;
  action: string;
  since: string; // local times, as the browser's fields give them
  until: string;
}

export const NONE: Filters = { person: "", kind: "order", id: "", action: "", since: "", until: "" };

/** Read them from the URL; what is unknown or no text is left out. */
export function fromUrl(query: Record<string, unknown>): Filters {
  const given = Object.entries(query).filter(([name, value]) => name in NONE && typeof value === "string");
  return { ...NONE, ...Object.fromEntries(given) };
}

/** Write those that say something. */
export function toUrl(filters: Filters): Record<string, string> {
  const told = Object.entries(filters).filter(([name, value]) => value && (name !== "kind" || filters.id));
  return Object.fromEntries(told);
}

/** What the API is asked: a subject is a kind and an id; local times become instants. */
export function asked({ person, kind, id, action, since, until }: Filters): Record<string, string> {
  const instant = (local: string): string => (local && !Number.isNaN(Date.parse(local)) ? new Date(local).toISOString() : "");
  return { person: person.trim(), subject: id.trim() ? `${kind}:${id.trim()}` : "", action, since: instant(since), until: instant(until) };
}

/** The sections of the desk whose things have a page each. */
const PAGES: ReadonlyMap<string, string> = new Map([["order", "orders"], ["outlet", "outlets"], ["enterprise", "enterprises"]]);

/** Where a subject leads on the desk, if it has a page. */
export function pageOf(subject: string): string | null {
  const [kind, id] = [subject.slice(0, subject.indexOf(":")), subject.slice(subject.indexOf(":") + 1)];
  const section = PAGES.get(kind);
  return section ? `/${section}/${encodeURIComponent(id)}` : null;
}
