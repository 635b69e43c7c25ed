// A refusal as the API and the sockets tell it, or what this browser met on the way there.

import type { ErrorBody } from "./types";

/** What this browser says itself, where no server answered; see i18n `own`. */
export type OwnCode = "offline" | "timeout" | "not_authenticated" | "strange";

/** A refusal: `code` is stable, `message` is the server's (Chinese / English), `field` and `rule` say what to mend. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | null;
  readonly rule: string | null;
  readonly details: Record<string, unknown>;

  constructor(told: Partial<ErrorBody> & { code: string; status?: number }) {
    super(told.message ?? "");
    this.name = "ApiError";
    this.status = told.status ?? 0;
    this.code = told.code;
    this.field = told.field ?? null;
    this.rule = told.rule ?? null;
    this.details = (told.details ?? {}) as Record<string, unknown>;
  }
}
