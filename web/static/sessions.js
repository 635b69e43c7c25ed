// Who is signed in on this device. Each face (customer, courier, staff, visit) remembers its own
// account, so that one browser can hold several; tabs with the same account share its tokens.

import { serverNow } from "/static/clock.js";
import { ApiError, send } from "/static/wire.js";

const SESSIONS = "lanjian.sessions"; // person id → session
const DEVICE = "lanjian.device";
const grantsKey = (personId) => `lanjian.grants.${personId}`; // offline codes, see grants.js
const EARLY_MS = 30_000; // a token this near its end is renewed before it is used

function stored(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** This device's id: drawn once, no secret. */
export function device() {
  let id = localStorage.getItem(DEVICE);
  if (!id) {
    id = crypto.randomUUID?.() ?? `d${Date.now()}${Math.random().toString(16).slice(2)}`;
    localStorage.setItem(DEVICE, id);
  }
  return id;
}

export class Session extends EventTarget {
  /** The account of one face; "changed" is fired when it signs in, out, or another is used. */
  constructor(face) {
    super();
    this.face = face;
    this.renewing = null; // the one refresh under way in this tab
    this.personId = localStorage.getItem(this.faceKey());
    if (!this.kept()) this.personId = null;
    addEventListener("storage", (event) => this.changedElsewhere(event));
  }

  faceKey() {
    return `lanjian.account.${this.face}`;
  }

  kept() {
    return stored(SESSIONS, {})[this.personId] ?? null;
  }

  get person() {
    return this.kept()?.person ?? null;
  }

  /** Every account signed in on this device. */
  accounts() {
    return Object.values(stored(SESSIONS, {})).map((session) => session.person);
  }

  /** Use an account that is signed in on this device. */
  use(personId) {
    this.personId = personId;
    localStorage.setItem(this.faceKey(), personId);
    this.dispatchEvent(new Event("changed"));
  }

  async logIn(phone, code, agreementVersion) {
    const body = { phone, code, device: device(), agreement_version: agreementVersion };
    this.take(await send("POST", "/v1/sessions", { body }));
  }

  /** Keep and use a session that the server just opened. */
  take(session) {
    this.keep(session);
    this.use(session.person.person_id);
  }

  keep(session) {
    const all = stored(SESSIONS, {});
    all[session.person.person_id] = session;
    localStorage.setItem(SESSIONS, JSON.stringify(all));
  }

  /** Take a newer view of the person (roles, certification). */
  meet(person) {
    const session = this.kept();
    if (session && person.person_id === this.personId) this.keep({ ...session, person });
  }

  forget() {
    const all = stored(SESSIONS, {});
    delete all[this.personId];
    localStorage.setItem(SESSIONS, JSON.stringify(all));
    localStorage.removeItem(this.faceKey());
    localStorage.removeItem(grantsKey(this.personId));
    this.personId = null;
    this.dispatchEvent(new Event("changed"));
  }

  async logOut() {
    try {
      await this.ask("DELETE", "/v1/sessions/current");
    } catch (error) {
      if (error.code === "offline") throw error; // the session would live on at the server
    }
    if (this.personId) this.forget();
  }

  changedElsewhere(event) {
    if (event.key === SESSIONS && this.personId && !this.kept()) {
      this.personId = null;
      this.dispatchEvent(new Event("changed"));
    }
  }

  /** An access token that is good for a while. */
  async token() {
    const session = this.kept();
    if (!session) throw new ApiError({ code: "not_authenticated" });
    const left = Date.parse(session.access_expires_at) - serverNow();
    return left > EARLY_MS ? session.access_token : this.renewed(session.access_token);
  }

  /** A token other than `stale`: another tab's newer one, or a refreshed one; one at a time. */
  renewed(stale) {
    this.renewing ??= this.renewOnce(stale).finally(() => { this.renewing = null; });
    return this.renewing;
  }

  renewOnce(stale) {
    const renew = () => this.renewAlone(stale);
    // Without locks (a page not from a secure origin) the server's grace window covers two tabs.
    return navigator.locks ? navigator.locks.request(`lanjian.refresh.${this.personId}`, renew)
      : renew();
  }

  async renewAlone(stale) {
    const session = this.kept();
    if (!session) throw new ApiError({ code: "not_authenticated" });
    if (session.access_token !== stale) return session.access_token;
    try {
      const body = { refresh_token: session.refresh_token };
      const fresh = await send("POST", "/v1/sessions/refresh", { body });
      this.keep({ ...session, ...fresh });
      return fresh.access_token;
    } catch (error) {
      if (error.status === 401) this.forget();
      throw error;
    }
  }

  /** Ask the API as this person; an expired token is renewed once. */
  async ask(method, path, options = {}) {
    const token = await this.token();
    try {
      return await send(method, path, { ...options, token });
    } catch (error) {
      if (error.status !== 401) throw error;
      if (error.code === "session_revoked") {
        this.forget();
        throw error;
      }
      return send(method, path, { ...options, token: await this.renewed(token) });
    }
  }
}

