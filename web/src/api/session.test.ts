import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { onDevice } from "./keeping";
import { Session } from "./session";
import type { LoggedIn } from "./types";

const DRAFT = "lanjian.draft.waybill.P1";

let answers: [number, string][] = [];

/** Somebody whose access token is over and who has half a waybill typed. */
function signedIn(): Session {
  const session = new Session("customer");
  const person = { person_id: "P1" };
  session.take({ access_token: "a", access_expires_at: "2020-01-01T00:00:00Z", refresh_token: "r", person } as LoggedIn);
  onDevice.setItem(DRAFT, "{}");
  return session;
}

beforeEach(() => {
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("fetch", async () => {
    const [status, code] = answers.shift()!;
    return new Response(JSON.stringify({ error: { code, message: "" } }), { status, headers: { "Content-Type": "application/json" } });
  });
});
afterEach(() => vi.unstubAllGlobals());

it("keeps what was typed where the session only ran out", async () => {
  answers = [[401, "not_authenticated"]];
  const session = signedIn();
  await expect(session.ask("GET", "/v1/me")).rejects.toMatchObject({ code: "not_authenticated" });
  expect([session.personId, onDevice.getItem(DRAFT)]).toEqual([null, "{}"]);
});

it("forgets what was typed where the session was ended", async () => {
  answers = [[401, "session_revoked"]];
  const session = signedIn();
  await expect(session.ask("GET", "/v1/me")).rejects.toMatchObject({ code: "session_revoked" });
  expect([session.personId, onDevice.getItem(DRAFT)]).toEqual([null, null]);
});
