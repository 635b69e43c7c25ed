// Requests that wait for their answer; some outlive a break and are sent anew under their id.

import { ApiError } from "../api/errors";
import type { Failure, FromPerson, ToPerson } from "../api/types";
import { drawKey } from "../api/wire";

const ANSWER_MS = 15_000;
const MAX_WAITING = 64;

// Over a union, Omit alone would keep only what all its members share.
type Without<Frame, Key extends string> = Frame extends unknown ? Omit<Frame, Key> : never;
export type NewRequest = Without<FromPerson, "id">;
export type Answer = Extract<ToPerson, { id: string }>;

/** How a request is sent: `again` after a break too, and `id` where the caller drew it. */
export interface Sending {
  again?: boolean;
  id?: string;
}

interface Waiting {
  frame: FromPerson;
  again: boolean;
  resolve(answer: Answer): void;
  reject(error: ApiError): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Requests {
  private readonly waiting = new Map<string, Waiting>();

  /** Keep a request until it is answered or its time is over; gives its frame and its answer. */
  keep(request: NewRequest, { again = false, id = drawKey() }: Sending): [FromPerson, Promise<Answer>] {
    if (this.waiting.size >= MAX_WAITING) throw new ApiError({ code: "timeout" });
    const frame = { ...request, id } as FromPerson;
    const answer = new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => this.fail(id, "timeout"), ANSWER_MS);
      this.waiting.set(id, { frame, again, resolve, reject, timer });
    });
    return [frame, answer];
  }

  /** What has to be sent on a new connection. */
  unanswered(): FromPerson[] {
    return [...this.waiting.values()].map(({ frame }) => frame);
  }

  answered(frame: Answer | Failure): void {
    const asked = frame.id ? this.taken(frame.id) : null;
    if (!asked) return;
    if (frame.type === "error") asked.reject(new ApiError(frame));
    else asked.resolve(frame as Answer);
  }

  /** The connection broke: what may not be sent twice fails; at the end, everything. */
  broken(all = false): void {
    for (const [id, { again }] of [...this.waiting]) if (all || !again) this.fail(id, "offline");
  }

  private fail(id: string, code: "offline" | "timeout"): void {
    this.taken(id)?.reject(new ApiError({ code }));
  }

  private taken(id: string): Waiting | null {
    const asked = this.waiting.get(id) ?? null;
    this.waiting.delete(id);
    if (asked) clearTimeout(asked.timer);
    return asked;
  }
}
