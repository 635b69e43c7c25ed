// Who is signed in on this device. Each face (customer, courier, staff, visit) remembers its own
// account, so that one browser can hold several; tabs with the same account share its tokens.

import { serverClock } from "./clock";
import { ApiError } from "./errors";
import { onDevice } from "./keeping";
import { forgetTold, forgetTyped } from "./own";
import type { LoggedIn, PersonView } from "./types";
import { type Asking, type Method, send, sendForBlob } from "./wire";

const SESSIONS = "lanjian.sessions"; // person id → session
const DEVICE = "lanjian.device";
const LEFT = "lanjian.left"; // who has just logged out: other tabs forget what was typed there
const EARLY_MS = 30_000; // a token this near its end is renewed before it is used

function sessions(): Record<string, LoggedIn> {
  try {
    return JSON.parse(onDevice.getItem(SESSIONS) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** This device's id: drawn once, no secret. */
export function device(): string {
  let id = onDevice.getItem(DEVICE);
  if (!id) {
    id = crypto.randomUUID?.() ?? `d${Date.now()}${Math.random().toString(16).slice(2)}`;
    onDevice.setItem(DEVICE, id);
  }
  return id;
}

/** The account of one face; "changed" is fired when it signs in, out, or another is used. */
export class Session extends EventTarget {
  personId: string | null;
  private renewing: Promise<string> | null = null; // the one refresh under way in this tab

  constructor(readonly face: string) {
    super();
    this.personId = onDevice.getItem(this.faceKey());
    if (!this.kept()) this.personId = null;
    addEventListener("storage", (event) => this.changedElsewhere(event));
  }

  get person(): PersonView | null {
    return this.kept()?.person ?? null;
  }

  /** Every account signed in on this device. */
  accounts(): PersonView[] {
    return Object.values(sessions()).map((session) => session.person);
  }

  /** Use an account that is signed in on this device. */
  use(personId: string): void {
    this.personId = personId;
    onDevice.setItem(this.faceKey(), personId);
    this.changed();
  }

  async logIn(phone: string, code: string, agreementVersion: string): Promise<void> {
    const body = { phone, code, device: device(), agreement_version: agreementVersion };
    this.take(await send<LoggedIn>("POST", "/v1/sessions", { body }));
  }

  /** Keep and use a session that the server just opened. */
  take(session: LoggedIn): void {
    this.keep(session);
    this.use(session.person.person_id);
  }

  /** Take a newer view of the person (roles, certification). */
  meet(person: PersonView): void {
    const session = this.kept();
    if (!session || person.person_id !== this.personId) return;
    this.keep({ ...session, person });
    this.changed();
  }

  /** Drop the account from this device; `typed`: with what was typed and not sent. */
  forget({ typed = true }: { typed?: boolean } = {}): void {
    const { personId } = this;
    if (!personId) return;
    const all = sessions();
    delete all[personId];
    onDevice.setItem(SESSIONS, JSON.stringify(all));
    onDevice.removeItem(this.faceKey());
    forgetTold(personId);
    if (typed) {
      forgetTyped(personId);
      onDevice.setItem(LEFT, personId);
      onDevice.removeItem(LEFT);
    }
    this.personId = null;
    this.changed();
  }

  async logOut(): Promise<void> {
    try {
      await this.ask("DELETE", "/v1/sessions/current");
    } catch (error) {
      if ((error as ApiError).code === "offline") throw error; // the session would live on at the server
    }
    this.forget();
  }

  /** An access token that is good for a while. */
  async token(): Promise<string> {
    const session = this.kept();
    if (!session) throw new ApiError({ code: "not_authenticated" });
    const left = Date.parse(session.access_expires_at) - serverClock.now();
    return left > EARLY_MS ? session.access_token : this.renewed(session.access_token);
  }

  /** A token other than `stale`: another tab's newer one, or a refreshed one; one at a time. */
  renewed(stale: string): Promise<string> {
    this.renewing ??= this.renewOnce(stale).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  /** Ask the API as this person; an expired token is renewed once. */
  ask<Answer>(method: Method, path: string, asking: Asking = {}): Promise<Answer> {
    return this.authorised((token) => send<Answer>(method, path, { ...asking, token }));
  }

  /** The same for what is not JSON. */
  askForBlob(method: Method, path: string, asking: Asking = {}): Promise<Blob> {
    return this.authorised((token) => sendForBlob(method, path, { ...asking, token }));
  }

  private async authorised<Answer>(asked: (token: string) => Promise<Answer>): Promise<Answer> {
    const token = await this.token();
    try {
      return await asked(token);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      if (error.code === "session_revoked") {
        this.forget();
        throw error;
      }
      return asked(await this.renewed(token));
    }
  }

  private faceKey(): string {
    return `lanjian.account.${this.face}`;
  }

  private kept(): LoggedIn | null {
    return (this.personId && sessions()[this.personId]) || null;
  }

  private keep(session: LoggedIn): void {
    const all = sessions();
    all[session.person.person_id] = session;
    onDevice.setItem(SESSIONS, JSON.stringify(all));
  }

  private changed(): void {
    this.dispatchEvent(new Event("changed"));
  }

  private changedElsewhere(event: StorageEvent): void {
    if (event.key === LEFT && event.newValue) forgetTyped(event.newValue);
    if (event.key !== SESSIONS) return;
    if (this.personId && !this.kept()) this.personId = null;
    this.changed();
  }

  private renewOnce(stale: string): Promise<string> {
    const renew = () => this.renewAlone(stale);
    // Without locks (a page not from a secure origin) the server's grace window covers two tabs.
    if (!("locks" in navigator)) return renew();
    return navigator.locks.request(`lanjian.refresh.${this.personId}`, renew) as Promise<string>;
  }

  private async renewAlone(stale: string): Promise<string> {
    const session = this.kept();
    if (!session) throw new ApiError({ code: "not_authenticated" });
    if (session.access_token !== stale) return session.access_token;
    try {
      const body = { refresh_token: session.refresh_token };
      const fresh = await send<LoggedIn>("POST", "/v1/sessions/refresh", { body });
      this.keep({ ...session, ...fresh });
      return fresh.access_token;
    } catch (error) {
      const { status, code } = error as ApiError;
      // A session that ran out while the page slept is its person's again after a log-in.
      if (status === 401) this.forget({ typed: code === "session_revoked" });
      throw error;
    }
  }
}
