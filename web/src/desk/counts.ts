// The numbers beside the menu's lines: what waits, and whether it is alarming. The shell reads the
// queues; a section that knows better (it has just loaded its list) tells its own.

import { type InjectionKey, inject, type Reactive, type Ref } from "vue";

export interface Count {
  waiting: number;
  /** When the oldest of them began to wait. */
  oldest?: string | null;
  alarm?: boolean;
}

export type Counts = Record<string, Count>;

const KEY: InjectionKey<Reactive<Counts>> = Symbol("counts");
export { KEY as COUNTS };

/** The desk's numbers, by `meta.count`; write to them what a list has just told. */
export function useCounts(): Reactive<Counts> {
  const given = inject(KEY);
  if (!given) throw new Error("not on the desk");
  return given;
}

/** Whether the numbers are known: no number is no proof that nothing waits. */
export interface Told {
  state: Ref<"loading" | "told" | "failed">;
  /** Read them again. */
  again(): void;
}

const TOLD: InjectionKey<Told> = Symbol("counts told");
export { TOLD as COUNTS_TOLD };

export function useCountsTold(): Told {
  const given = inject(TOLD);
  if (!given) throw new Error("not on the desk");
  return given;
}
