// A table of prices as it is typed: texts in yuan, what of them can be read, and what is another
// price than before. Pure; what is sane and what a courier gets says the server.

import type { PreviewPrices, PriceListView } from "@/api/types";

export const SIZES = ["S", "M", "L"] as const;
export const ZONES = ["same_city", "same_province", "other"] as const;
export type Size = (typeof SIZES)[number];
export type Zone = (typeof ZONES)[number];
export type Cells<Value> = Record<Size, Record<Zone, Value>>;

export interface Form {
  cells: Cells<string>;
  fee: string;
  /** Local date and time as the browser's field writes them; empty for at once. */
  at: string;
  later: boolean;
  /** The newest version when this was begun; 0 while nothing is edited. */
  version: number;
}

export const cellsOf = <Value>(make: (size: Size, zone: Zone) => Value): Cells<Value> =>
  Object.fromEntries(SIZES.map((size) => [size, Object.fromEntries(ZONES.map((zone) => [zone, make(size, zone)]))])) as Cells<Value>;

/** A cell of a table of the wire; 0 where it has none. */
export const fenAt = (table: PriceListView["prices_fen"], size: string, zone: string): number => table[size]?.[zone] ?? 0;

/** Yuan as typed ("8", "8.5", "８．５０", "¥8") in fen; null where that is no sum. */
export function fenOf(text: string): number | null {
  const found = /^¥?\s*(\d{1,6})(?:\.(\d{1,2}))?\s*元?$/.exec(text.normalize("NFKC").trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

export const percentOf = (text: string): number | null => {
  const found = /^(\d{1,3})\s*%?$/.exec(text.normalize("NFKC").trim());
  return found ? Number(found[1]) : null;
};

export const typed = (fen: number): string => (fen / 100).toFixed(2);

export const emptyForm = (): Form => ({ cells: cellsOf(() => ""), fee: "", at: "", later: false, version: 0 });

export function formOf(list: PriceListView, newest: number): Form {
  return { ...emptyForm(), cells: cellsOf((size, zone) => typed(fenAt(list.prices_fen, size, zone))), fee: String(list.fee_percent), version: newest };
}

/** The names of fields that cannot be read as they stand, as the server would name them. */
export function unreadable(form: Form): string[] {
  const cells = SIZES.flatMap((size) => ZONES.filter((zone) => fenOf(form.cells[size][zone]) === null).map((zone) => `prices_fen.${size}.${zone}`));
  const fee = percentOf(form.fee) === null ? ["fee_percent"] : [];
  const at = form.later && Number.isNaN(Date.parse(form.at)) ? ["from_at"] : [];
  return [...cells, ...fee, ...at];
}

/** What is asked for; only of a form in which all can be read. */
export function bodyOf(form: Form): PreviewPrices {
  return {
    prices_fen: cellsOf((size, zone) => fenOf(form.cells[size][zone]) ?? 0),
    fee_percent: percentOf(form.fee) ?? 0,
    from_at: form.later ? new Date(form.at).toISOString() : null,
  };
}

/** Whether a refusal of a form has no place of its own there to be mended: the same is worth another try. */
export const isElsewhere = (field: string | null): boolean => !/^(prices_fen\.|fee_percent|from_at)/.test(field ?? "");

/** One thing that differs between two lists: a price, or (without size and zone) the fee. */
export interface Different {
  size: Size | "";
  zone: Zone | "";
  before: number;
  after: number;
}

export function differences(before: PriceListView, after: PriceListView): Different[] {
  const prices = SIZES.flatMap((size) =>
    ZONES.map((zone) => ({ size, zone, before: fenAt(before.prices_fen, size, zone), after: fenAt(after.prices_fen, size, zone) })),
  );
  const fee: Different = { size: "", zone: "", before: before.fee_percent, after: after.fee_percent };
  return [...prices, fee].filter((one) => one.before !== one.after);
}

/** An instant as the field for local date and time writes it. */
export function localField(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Midnight that comes: what is offered first to whoever wants a list to come. */
export function nextMidnight(nowMs: number): string {
  const at = new Date(nowMs);
  return localField(new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1));
}
