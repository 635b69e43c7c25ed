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
}

const RANK: readonly Step[] = ["asked", "sent", "pulsed", "failed", "opened", "closed"];

const STEPS: Readonly<Record<string, Step>> = {
  asked: "asked", sent: "sent", pulsed: "pulsed", sensed_open: "opened", sensed_closed: "closed",
  jammed: "failed", refused: "failed", uncertain: "failed",
};

/** A command's deadline, its door's time to open, and the way there and back. */
const PATIENCE_MS = 30_000;

export const begun = (command: string, cell: number, askedAt: number): Opening => ({
  command, cell, askedAt, step: "asked", failure: null,
});

/** What an event says of an opening; the same one when it says nothing of it. */
export function heard(opening: Opening, event: { command?: unknown; event?: unknown }): Opening {
  const step = STEPS[String(event.event)];
  if (event.command !== opening.command || !step || RANK.indexOf(step) <= RANK.indexOf(opening.step)) return opening;
  return { ...opening, step, failure: step === "failed" ? String(event.event) : null };
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
