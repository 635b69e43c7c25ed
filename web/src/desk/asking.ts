// Questions that have to be answered before something is done: a reason in words, one of a list of
// reasons, or only "are you sure". The question stays open, with what was typed, until the act went
// well or the person thought better of it.

import { type InjectionKey, inject, type ShallowRef, shallowRef } from "vue";

/** What was answered: `reason` is the chosen code, `note` the words. */
export interface Answer {
  reason: string;
  note: string;
}

export interface Question {
  title: string;
  /** What is about to happen, and to whom. */
  text?: string;
  /** Reasons to choose from, as [code, words]; number keys choose. */
  choices?: readonly (readonly [code: string, words: string])[];
  /** What is chosen there, in place of "reason". */
  choosing?: string;
  /** Whether words are asked for: always needed, needed for the choice "other", or not at all. */
  note?: "needed" | "for_other" | "none";
  /** The words' label, in place of "reason". */
  label?: string;
  yes?: string;
  /** The act can do harm. */
  danger?: boolean;
  /** Typed words are kept in this tab under this name until the act went well. */
  keepAs?: string;
  /** Do it; a refusal is shown in the question, which stays open. `key` is the idempotency key. */
  act(answer: Answer, key: string): Promise<unknown>;
}

export interface Asking {
  question: ShallowRef<Question | null>;
  /** Ask; gives true once the act went well, false when the person did not want to. */
  ask(question: Question): Promise<boolean>;
  /** The dialog's: how the question ended. */
  end(done: boolean): void;
}

const KEY: InjectionKey<Asking> = Symbol("asking");
export { KEY as ASKING };

export function makeAsking(): Asking {
  const question = shallowRef<Question | null>(null);
  let told: ((done: boolean) => void) | null = null;
  const end = (done: boolean): void => {
    question.value = null;
    told?.(done);
    told = null;
  };
  const ask = (asked: Question): Promise<boolean> => {
    end(false); // one question at a time
    question.value = asked;
    return new Promise((resolve) => (told = resolve));
  };
  return { question, ask, end };
}

/** The desk's one dialog for questions. */
export function useAsking(): Asking["ask"] {
  const given = inject(KEY);
  if (!given) throw new Error("not on the desk");
  return given.ask;
}

/** Whether the words typed are enough for the question. */
export function complete({ choices, note = "needed" }: Question, { reason, note: words }: Answer): boolean {
  if (choices && !choices.some(([code]) => code === reason)) return false;
  const needed = note === "needed" || (note === "for_other" && reason === "other");
  return !needed || words.trim() !== "";
}
