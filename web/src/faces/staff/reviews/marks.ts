// Whether what was typed, what was bound and what the photo shows are one number.

/** Blanks and hyphens make no other number. */
const bare = (number: string): string => number.replace(/[\s-]/g, "").toUpperCase();

export type Mark = "same" | "differs" | null;

/** Compare a number with the bound one; null where there is nothing to compare. */
export function marked(number: string | null | undefined, bound: string | null | undefined): Mark {
  if (!number || !bound) return null;
  return bare(number) === bare(bound) ? "same" : "differs";
}

/** Compare all that was read off a photo: one that is the bound number is enough. */
export function markedPhoto(numbers: readonly string[], bound: string | null): Mark {
  if (!numbers.length || !bound) return null;
  return numbers.some((number) => marked(number, bound) === "same") ? "same" : "differs";
}
