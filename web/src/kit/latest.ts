// Questions that follow one another: only the answer to the last one counts, however late the
// others come; and things that are told several times, of which the newest version counts.

import { getCurrentScope, onScopeDispose } from "vue";

export interface Latest {
  /** Begin a question; what is given tells whether no later one was begun since. */
  ask(): () => boolean;
  /** Have no question that is out count any more. */
  drop(): void;
}

/** Keep the turns of one question; when its component goes, no answer counts any more. */
export function useLatest(): Latest {
  let turn = 0;
  const drop = (): void => {
    turn += 1;
  };
  if (getCurrentScope()) onScopeDispose(drop);
  return {
    ask: () => {
      const mine = ++turn;
      return () => mine === turn;
    },
    drop,
  };
}

/**
 * Remember the newest version of each thing that was told, whichever way it came: an answer that
 * was begun before a change and arrives after it shows the change all the same.
 */
export function newestBy<Item>(keyOf: (item: Item) => string, versionOf: (item: Item) => number): (told: Item) => Item {
  const known = new Map<string, Item>();
  return (told) => {
    const before = known.get(keyOf(told));
    if (before !== undefined && versionOf(before) > versionOf(told)) return before;
    known.set(keyOf(told), told);
    return told;
  };
}
