// Texts are written in pairs, [Chinese, English], so that none is ever without its other half.

export type Pair = readonly [zh: string, en: string];
export type Pairs = { readonly [key: string]: Pair | Pairs };
export type Language = "zh" | "en";

export interface Texts {
  [key: string]: string | Texts;
}

const isPair = (value: Pair | Pairs): value is Pair => Array.isArray(value);

/** One language's texts out of pairs. */
export function only(language: Language, pairs: Pairs): Texts {
  const at = language === "zh" ? 0 : 1;
  return Object.fromEntries(
    Object.entries(pairs).map(([key, value]) => [key, isPair(value) ? value[at] : only(language, value)]),
  );
}

/** Several tables as one; a key that two of them have is a mistake. */
export function joined(tables: readonly Pairs[]): Pairs {
  const all: Record<string, Pair | Pairs> = {};
  for (const table of tables) {
    for (const [key, value] of Object.entries(table)) {
      if (key in all) throw new Error(`two tables of texts have "${key}"`);
      all[key] = value;
    }
  }
  return all;
}
