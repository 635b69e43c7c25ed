// Editing what several people edit: whose change is in which field, when somebody saved first; pure.

/** Something as it was read, and the version that a save has to name. */
export interface Version<Fields> {
  version: number;
  fields: Fields;
}

/** One field that somebody else changed. `mine` is what stands in the form, if I changed it too. */
export interface Change<Name extends string = string> {
  field: Name;
  before: unknown;
  now: unknown;
  mine?: unknown;
}

export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A copy that shares nothing with what it is of. */
export const copy = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

/**
 * What a form holds once somebody else's version is known: theirs in each field that I left alone,
 * mine in each that I changed; and what they changed.
 */
export function merged<Fields extends object>(
  mine: Fields,
  base: Fields,
  theirs: Fields,
): { fields: Fields; changes: Change<keyof Fields & string>[] } {
  const fields = copy(theirs);
  const changes: Change<keyof Fields & string>[] = [];
  for (const name of Object.keys(theirs) as (keyof Fields & string)[]) {
    const touched = !same(mine[name], base[name]);
    if (touched) fields[name] = copy(mine[name]);
    if (same(base[name], theirs[name])) continue;
    const change = { field: name, before: base[name], now: theirs[name] };
    changes.push(touched && !same(mine[name], theirs[name]) ? { ...change, mine: mine[name] } : change);
  }
  return { fields, changes };
}
