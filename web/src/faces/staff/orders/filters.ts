// What the list of orders is filtered by, as the page's own address keeps it.

export interface Filters {
  q: string;
  custody: string;
  charge: string;
  terminal: string;
  person: string;
  since: string; // a day, as YYYY-MM-DD
  until: string;
}

const NAMES = ["q", "custody", "charge", "terminal", "person", "since", "until"] as const;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CHINA = "+08:00";

/** Read them from an address; what makes no sense is left out. */
export function fromAddress(query: Record<string, unknown>): Filters {
  const read = (name: string): string => (typeof query[name] === "string" ? query[name] : "");
  const found = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as unknown as Filters;
  for (const day of ["since", "until"] as const) if (!DAY.test(found[day])) found[day] = "";
  return found;
}

/** What the address says of them: only what is set. */
export const toAddress = (filters: Filters): Record<string, string> =>
  Object.fromEntries(NAMES.filter((name) => filters[name]).map((name) => [name, filters[name]]));

/** What the API is asked: days are China's, the last one included. */
export function toQuery({ since, until, ...rest }: Filters): Record<string, string> {
  const asked: Record<string, string> = Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
  if (since) asked["since"] = `${since}T00:00:00${CHINA}`;
  if (until) asked["until"] = new Date(Date.parse(`${until}T00:00:00${CHINA}`) + 86_400_000).toISOString();
  return asked;
}

export const isSet = (filters: Filters): boolean => NAMES.some((name) => filters[name]);

/** Whether a changed order belongs into the list without asking the server. */
export function surelyListed(filters: Filters, order: { custody: string; charge: string }): boolean {
  if (filters.q || filters.terminal || filters.person || filters.since || filters.until) return false;
  return (!filters.custody || filters.custody === order.custody) && (!filters.charge || filters.charge === order.charge);
}
