// Codes to one's own phone, each good for one kind of act only.

import { device, type Session } from "@/api/session";
import type { AskOwnCode, CodeSent } from "@/api/types";

/** Give a function that asks for a code of one purpose. */
export const ownCode =
  (session: Session, purpose: AskOwnCode["purpose"]) =>
  (): Promise<CodeSent> =>
    session.ask<CodeSent>("POST", "/v1/me/codes", { body: { purpose, device: device() } satisfies AskOwnCode });
