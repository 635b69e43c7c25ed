// How far an asked open is, by what the sensors say: asked → sent → answered → sensed open →
// sensed closed, or not at all. It only climbs, and a door that was given up may still open. Pure.

export type Step = "asked" | "sent" | "pulsed" | "failed" | "opened" | "closed";

export interface Opening {
  command: string;
  cell: number;
  /** Milliseconds of the server's time. */
  askedAt: number;
  step: Step;
  /** Why it failed: the event's kind, or "unheard". */
  failure: string | null;
  /** What the terminal gave as its reason, if it said one. */
  reason: string | null;
}

/** What a fact about doors says, as far as an opening is concerned. */
export interface Told {
  command?: unknown;
  event?: unknown;
  reason?: unknown;
}

const RANK: readonly Step[] = ["asked", "sent", "pulsed", "failed", "opened", "closed"];

const STEPS: Readonly<Record<string, Step>> = {
  asked: "asked", sent: "sent", pulsed: "pulsed", sensed_open: "opened", sensed_closed: "closed",
  jammed: "failed", refused: "failed", uncertain: "failed", expired: "failed",
};

/** A reason that says no more than the failure itself. */
const SAYS_NOTHING: readonly string[] = ["jammed", "refused", "uncertain", "unheard"];

/** A command's deadline, its door's time to open, and the way there and back. */
const PATIENCE_MS = 30_000;

export const begun = (command: string, cell: number, askedAt: number): Opening => ({
  command, cell, askedAt, step: "asked", failure: null, reason: null,
});

/** What an event says of an opening; the same one when it says nothing of it. */
export function heard(opening: Opening, event: Told): Opening {
  const step = STEPS[String(event.event)];
  if (event.command !== opening.command || !step || RANK.indexOf(step) <= RANK.indexOf(opening.step)) return opening;
  if (step !== "failed") return { ...opening, step, failure: null, reason: null };
  const told = typeof event.reason === "string" && !SAYS_NOTHING.includes(event.reason) ? event.reason : null;
  return { ...opening, step, failure: event.event === "expired" ? "unheard" : String(event.event), reason: told };
}

/** Give an opening up of which nothing was heard for long. */
export function waited(opening: Opening, now: number): Opening {
  if (!isUnderWay(opening) || now - opening.askedAt < PATIENCE_MS) return opening;
  return { ...opening, step: "failed", failure: "unheard" };
}

/** Whether its door may still be sensed open soon. */
export const isUnderWay = ({ step }: Opening): boolean => step === "asked" || step === "sent" || step === "pulsed";

/** The steps that people are shown, each with whether it is past; a silent board answers nothing. */
export const STAGES: readonly Step[] = ["asked", "sent", "opened", "closed"];

export const isPast = ({ step }: Opening, stage: Step): boolean =>
  step !== "failed" && RANK.indexOf(step) >= RANK.indexOf(stage);
