// What staff may do to a courier from each state.

export type Act = "certified" | "reinstated" | "suspended" | "none";

/** An application that waits is decided in its own queue; `certified` here is by other papers. */
const CHOICES: Readonly<Record<string, readonly Act[]>> = {
  none: ["certified"],
  applied: ["certified"],
  rejected: ["certified"],
  expired: ["certified"],
  certified: ["suspended", "none"],
  suspended: ["reinstated", "none"],
};

export const choicesFrom = (state: string): readonly Act[] => CHOICES[state] ?? [];

/** The state that the server is asked for. */
export const wanted = (act: Act): string => (act === "reinstated" ? "certified" : act);
