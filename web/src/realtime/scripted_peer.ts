// The other side of a socket for tests: it does what a test says, when the test says it.

import { vi } from "vitest";
import { ServerClock } from "../api/clock";
import type { ApiError } from "../api/errors";
import type { FromPerson, PushEvent, Snapshot, ToPerson } from "../api/types";
import { Backoff, FIRST_WAIT_MS } from "./backoff";
import { Realtime, type Surroundings, type TokenSource } from "./client";

type Sent<Type extends FromPerson["type"]> = Extract<FromPerson, { type: Type }>;

/** One connection as the page sees it. */
export class ScriptedSocket {
  readyState = 0;
  private aheadMs = 0;
  readonly sent: FromPerson[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  answersPings = true;

  send(text: string): void {
    const frame = JSON.parse(text) as FromPerson;
    this.sent.push(frame);
    if (frame.type === "ping" && this.answersPings) queueMicrotask(() => this.pongs(frame.id));
  }

  private pongs(id: string): void {
    this.tells({ type: "pong", id, server_time: new Date(Date.now() + this.aheadMs).toISOString() });
  }

  close(): void {
    this.readyState = 3;
  }

  /** The connection is there. */
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  tells(frame: ToPerson): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  breaks(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  of<Type extends FromPerson["type"]>(type: Type): Sent<Type>[] {
    return this.sent.filter((frame): frame is Sent<Type> => frame.type === type);
  }

  last<Type extends FromPerson["type"]>(type: Type): Sent<Type> {
    const found = this.of(type).at(-1);
    if (!found) throw new Error(`no ${type} was sent: ${JSON.stringify(this.sent)}`);
    return found;
  }

  /** Answer the last hello. `aheadMs`: how far the server's clock is before the page's. */
  welcomes({ aheadMs = 0, lifeMs = 900_000 } = {}): void {
    this.aheadMs = aheadMs;
    this.tells({
      type: "welcome",
      id: this.last("hello").id,
      person_id: "P1",
      roles: ["customer"],
      server_time: new Date(Date.now() + aheadMs).toISOString(),
      ping_seconds: 20,
      token_expires_at: new Date(Date.now() + aheadMs + lifeMs).toISOString(),
    });
  }

  /** Answer the last subscription. */
  subscribes(epoch: string, offset: number, snapshot: Partial<Snapshot> | null = null): void {
    const { id, channel } = this.last("subscribe");
    const recovered = snapshot === null;
    this.tells({ type: "subscribed", id, channel, position: { epoch, offset }, recovered, snapshot: snapshot as Snapshot });
  }

  pushes(epoch: string, offset: number, channel = "me"): void {
    const event = { kind: "notice", zh: "", en: String(offset) } as unknown as PushEvent;
    this.tells({ type: "push", channel, epoch, offset, event } as ToPerson);
  }
}

/** A page with a session whose tokens are numbered, and all the sockets it ever opened. */
export class Stage {
  readonly sockets: ScriptedSocket[] = [];
  readonly states: string[] = [];
  readonly clock = new ServerClock();
  forgotten = false;
  renewals = 0;
  noToken: ApiError | null = null; // why no token is given, if none is
  readonly realtime: Realtime;

  constructor() {
    const session: TokenSource = {
      personId: "P1",
      token: async () => this.given(`token-${this.renewals}`),
      renewed: async () => this.given(`token-${++this.renewals}`),
      forget: () => { this.forgotten = true; },
    };
    const around: Surroundings = {
      open: () => {
        const socket = new ScriptedSocket();
        this.sockets.push(socket);
        return socket as unknown as WebSocket;
      },
      clock: this.clock,
      backoff: new Backoff(() => 0.5),
    };
    this.realtime = new Realtime(session, around);
    this.realtime.addEventListener("state", () => this.states.push(this.realtime.state));
  }

  private given(token: string): string {
    if (this.noToken) throw this.noToken;
    return token;
  }

  get socket(): ScriptedSocket {
    const found = this.sockets.at(-1);
    if (!found) throw new Error("no socket was opened");
    return found;
  }
}

export const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** Start, or come back after a break, as far as the welcome. */
export async function connected(stage: Stage): Promise<void> {
  if (stage.sockets.length === 0) stage.realtime.start();
  else await vi.advanceTimersByTimeAsync(FIRST_WAIT_MS);
  await settled();
  stage.socket.opens();
  stage.socket.welcomes();
  await settled();
}
