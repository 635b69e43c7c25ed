// The one client of /v1/socket: hello, channels that resume where they broke off, requests.
//
// Close codes 4000-4499 (and a plain break): come back with jittered backoff; 4500-4999: do not.
// docs/protocol.md has the rules of the other side.

import { type ServerClock, serverClock } from "../api/clock";
import { ApiError } from "../api/errors";
import type { FromPerson, Pong, ToPerson, Welcome } from "../api/types";
import { drawKey } from "../api/wire";
import { Backoff } from "./backoff";
import { Channels, type Follower } from "./channels";
import { type Answer, type NewRequest, Requests, type Sending } from "./requests";

const PROTOCOL = 1;
const HELLO_MS = 10_000;
const RENEW_EARLY_MS = 60_000; // the token is renewed on the open socket this long before its end
const SOONEST_RENEWAL_MS = 5_000;
const STEADY_MS = 10_000; // a connection that lived this long starts the backoff anew
const SILENT_PINGS = 2; // unanswered ones after which the server is taken for gone
// After a sleep or another network a socket may be dead without a word: it answers by then, also behind a photo
// that fills the line.
const PROBE_MS = 15_000;
const WAKING = ["online", "offline"] as const;

const TOKEN_EXPIRED = 4005;
const UNAUTHORIZED = 4501;
const STALE_PROTOCOL = 4504;
const REVOKED = 4505;

export type LinkState = "connecting" | "live" | "offline" | "refused" | "signed_out";

/** What the client needs of a session: see api/session.ts. */
export interface TokenSource {
  readonly personId: string | null;
  token(): Promise<string>;
  renewed(stale: string): Promise<string>;
  forget(): void;
}

/** What differs between a page and a test. */
export interface Surroundings {
  open(): WebSocket;
  clock: ServerClock;
  backoff: Backoff;
}

export function browser(): Surroundings {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return {
    open: () => new WebSocket(`${scheme}://${location.host}/v1/socket`),
    clock: serverClock,
    backoff: new Backoff(),
  };
}

/**
 * Fires "state" (detail: LinkState), "problem" (detail: ApiError, of no request) and "refused"
 * (detail: {code, reload}); "map" (detail: MapChanged) while the map is watched.
 */
export class Realtime extends EventTarget {
  state: LinkState = "offline";
  private readonly channels = new Channels();
  private readonly requests = new Requests();
  private socket: WebSocket | null = null;
  private live = false;
  private ended = true; // until start, and after stop or a final refusal
  private turn: symbol | null = null; // a newer attempt makes an older one stale
  private sentHello = { id: "", token: "", at: 0 };
  private refusedOnce = false;
  private silentPings = 0;
  private unheard = false; // nothing came since the probe
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly session: TokenSource,
    private readonly around: Surroundings = browser(),
  ) {
    super();
  }

  /** Follow a channel, over all breaks, until `unfollow`. One follower a channel. */
  follow(channel: string, follower: Follower): void {
    this.channels.add(channel, follower);
    if (this.live) this.subscribe(channel);
  }

  unfollow(channel: string): void {
    if (!this.channels.remove(channel) || !this.live) return;
    this.request({ type: "unsubscribe", channel }).catch(() => {}); // a break ends it as well
  }

  start(): void {
    if (!this.ended) return;
    this.ended = false;
    this.around.backoff.reset();
    for (const name of WAKING) globalThis.addEventListener?.(name, this.wake);
    globalThis.document?.addEventListener("visibilitychange", this.wake);
    void this.connect();
  }

  stop(state: LinkState = "offline"): void {
    this.ended = true;
    this.turn = null;
    for (const name of WAKING) globalThis.removeEventListener?.(name, this.wake);
    globalThis.document?.removeEventListener("visibilitychange", this.wake);
    this.dropSocket();
    this.clear("retry");
    this.requests.broken(true);
    this.tell(state);
  }

  /** Send a request and give its answer; with `again` it is sent anew, under its id, after a break. */
  async request(request: NewRequest, sending: Sending = {}): Promise<Answer> {
    if (!this.live && !sending.again) throw new ApiError({ code: "offline" });
    const [frame, answer] = this.requests.keep(request, sending);
    if (this.live) this.put(frame);
    return answer;
  }

  // --- the connection

  private readonly wake = (): void => {
    if (this.ended || globalThis.document?.hidden) return;
    if (this.live) this.probe();
    else if (this.timers.has("retry")) void this.connect();
  };

  /** Is anybody there yet? Silence is an end. */
  private probe(): void {
    const socket = this.socket;
    this.unheard = true;
    this.ping();
    this.after("probe", PROBE_MS, () => {
      if (socket && this.unheard) this.lost(socket);
    });
  }

  private async connect(): Promise<void> {
    this.clear("retry");
    this.dropSocket();
    this.tell("connecting");
    const turn = (this.turn = Symbol("turn"));
    try {
      const token = await this.session.token();
      if (turn === this.turn) this.open(token);
    } catch (error) {
      if (turn === this.turn) this.tokenFailed(error as ApiError);
    }
  }

  private open(token: string): void {
    const socket = this.around.open();
    this.socket = socket;
    this.after("hello", HELLO_MS, () => this.lost(socket));
    socket.onopen = () => this.hello(token);
    socket.onmessage = (message) => this.heard(JSON.parse(message.data as string) as ToPerson);
    socket.onclose = (event) => this.closed(event);
  }

  private hello(token: string): void {
    this.sentHello = { id: drawKey(), token, at: Date.now() };
    this.put({ type: "hello", id: this.sentHello.id, token, protocol: PROTOCOL });
  }

  private tokenFailed(error: ApiError): void {
    if (error.status === 401 || error.code === "not_authenticated") this.stop("signed_out");
    else this.later();
  }

  /** Give up on a socket that is silent; its late events change nothing. */
  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.dropSocket();
    this.later();
  }

  private dropSocket(): void {
    for (const name of ["hello", "renew", "ping", "steady", "probe"]) this.clear(name);
    const socket = this.socket;
    this.socket = null;
    this.live = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.requests.broken();
  }

  private closed({ code }: CloseEvent): void {
    this.dropSocket();
    if (code === REVOKED) this.signedOut();
    else if (code === UNAUTHORIZED) void this.tokenRefused();
    else if (code >= 4500 && code <= 4999) this.refused(code);
    else if (code === TOKEN_EXPIRED) void this.renewAndReturn();
    else this.later();
  }

  private refused(code: number): void {
    this.stop("refused");
    this.dispatchEvent(new CustomEvent("refused", { detail: { code, reload: code === STALE_PROTOCOL } }));
  }

  /** The token was not accepted: once more with another one, then it is a log-out. */
  private async tokenRefused(): Promise<void> {
    if (this.refusedOnce) return this.signedOut();
    this.refusedOnce = true;
    await this.renewAndReturn();
  }

  private signedOut(): void {
    this.stop("signed_out");
    if (this.session.personId) this.session.forget();
  }

  private async renewAndReturn(): Promise<void> {
    this.tell("connecting");
    try {
      await this.session.renewed(this.sentHello.token);
      this.later(0);
    } catch (error) {
      this.tokenFailed(error as ApiError);
    }
  }

  private later(waitMs = this.around.backoff.next()): void {
    if (this.ended) return;
    this.tell("offline");
    this.after("retry", waitMs, () => void this.connect());
  }

  // --- frames

  private heard(frame: ToPerson): void {
    this.silentPings = 0;
    this.unheard = false;
    if (frame.type === "push") this.channels.push(frame);
    else if (frame.type === "welcome") this.welcomed(frame);
    else if (frame.type === "reset") this.reset(frame.channel, frame.within_seconds);
    else if (frame.type === "map_changed") this.dispatchEvent(new CustomEvent("map", { detail: frame }));
    else if (frame.type === "error" && !frame.id) this.problem(new ApiError(frame));
    else {
      // At once, so that pushes on its heels count from its position.
      if (frame.type === "subscribed") this.channels.subscribed(frame);
      this.requests.answered(frame as Answer);
    }
  }

  private problem(error: ApiError): void {
    this.dispatchEvent(new CustomEvent("problem", { detail: error }));
  }

  private welcomed(frame: Welcome): void {
    if (frame.id !== this.sentHello.id) return;
    this.clear("hello");
    this.around.clock.read(Date.parse(frame.server_time), this.sentHello.at, Date.now());
    this.renewBefore(frame.token_expires_at);
    if (this.live) return; // a renewed token on the same socket
    this.live = true;
    this.refusedOnce = false;
    this.after("steady", STEADY_MS, () => this.around.backoff.reset());
    this.keepAlive(frame.ping_seconds * 1000);
    for (const unanswered of this.requests.unanswered()) this.put(unanswered);
    for (const channel of this.channels.names()) this.subscribe(channel);
    this.tell("live");
  }

  private renewBefore(expiresAt: string): void {
    const leftMs = Date.parse(expiresAt) - this.around.clock.now() - RENEW_EARLY_MS;
    this.after("renew", Math.max(SOONEST_RENEWAL_MS, leftMs), () => void this.renewToken());
  }

  private async renewToken(): Promise<void> {
    const socket = this.socket;
    try {
      const token = await this.session.renewed(this.sentHello.token);
      if (socket && socket === this.socket) this.hello(token);
    } catch (error) {
      if ((error as ApiError).status === 401) this.stop("signed_out");
      // else: the server closes with TOKEN_EXPIRED when the time comes, and we return
    }
  }

  /** The browser answers the server's pings by itself; ours find a server that is gone. */
  private keepAlive(everyMs: number): void {
    this.silentPings = 0;
    const socket = this.socket;
    const beat = (): void => {
      this.silentPings += 1;
      if (socket && this.silentPings > SILENT_PINGS) return this.lost(socket);
      this.ping();
      this.after("ping", everyMs, beat);
    };
    this.after("ping", everyMs, beat);
  }

  private ping(): void {
    const sent = Date.now();
    this.request({ type: "ping" }).then(
      (pong) => this.around.clock.read(Date.parse((pong as Pong).server_time), sent, Date.now()),
      () => {}, // silence is counted by keepAlive
    );
  }

  private subscribe(channel: string): void {
    const resume = this.channels.position(channel);
    this.request({ type: "subscribe", channel, resume }).catch((error: ApiError) =>
      this.channels.failed(channel, error),
    );
  }

  /** The channel may have a hole: follow it anew from what we have, not all pages at once. */
  private reset(channel: string, withinSeconds: number): void {
    const socket = this.socket;
    setTimeout(() => {
      if (socket === this.socket && this.channels.has(channel)) this.subscribe(channel);
    }, this.around.backoff.within(withinSeconds * 1000));
  }

  // A socket that is closing loses what it is given: its close event then asks again or refuses.
  private put(frame: FromPerson): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  private tell(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  private after(name: string, ms: number, act: () => void): void {
    this.clear(name);
    this.timers.set(name, setTimeout(() => { this.timers.delete(name); act(); }, ms));
  }

  private clear(name: string): void {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}
