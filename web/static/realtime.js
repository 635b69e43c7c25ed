// The one client of /v1/socket: hello, channels that resume where they broke off, requests.
//
// A channel keeps (epoch, offset) and hands it back on return. `recovered: true` means that what
// was missed follows; otherwise the snapshot replaces all that the page holds. Close codes
// 4000-4499 (and a plain break): come back with jittered backoff; 4500-4999: do not.

import { readClock, serverNow } from "/static/clock.js";
import { ApiError, drawKey } from "/static/wire.js";

const PROTOCOL = 1;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const HELLO_MS = 10_000;
const ANSWER_MS = 15_000;
const RENEW_EARLY_MS = 60_000; // the token is renewed on the open socket this long before its end
const STEADY_MS = 10_000; // a connection that lived this long starts the backoff anew
const MAX_WAITING = 64;

const TOKEN_EXPIRED = 4005;
const UNAUTHORIZED = 4501;
const REVOKED = 4505;
const STALE_PROTOCOL = 4504;

// A socket that is closing loses what it is given: its close event then asks again or refuses.
function put(socket, frame) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

/** Fires "state" with detail "connecting" | "live" | "offline" | "refused" | "signed_out". */
export class Realtime extends EventTarget {
  constructor(session) {
    super();
    this.session = session;
    this.channels = new Map(); // name → {position, handlers}
    this.waiting = new Map(); // request id → {frame, again, resolve, reject, timer}
    this.socket = null;
    this.live = false;
    this.ended = true; // until start, and after stop or a final refusal
    this.tries = 0;
    this.state = "offline";
    this.wake = () => this.tryNow();
  }

  /** Follow a channel: `snapshot(snapshot)` replaces, `event(event)` adds. Survives breaks. */
  follow(channel, handlers) {
    this.channels.set(channel, { position: null, handlers });
    if (this.live) this.subscribe(channel);
  }

  unfollow(channel) {
    if (this.channels.delete(channel) && this.live) {
      this.request({ type: "unsubscribe", channel }).catch(() => {}); // a break ends it as well
    }
  }

  start() {
    if (!this.ended) return;
    this.ended = false;
    this.tries = 0;
    addEventListener("online", this.wake);
    document.addEventListener("visibilitychange", this.wake);
    this.connect();
  }

  stop(state = "offline") {
    this.ended = true;
    removeEventListener("online", this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    clearTimeout(this.retryTimer);
    this.dropSocket();
    this.failWaiting(() => true);
    this.tell(state);
  }

  tell(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  // --- the connection

  async connect() {
    clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.dropSocket();
    this.tell("connecting");
    const turn = (this.turn = Symbol("turn")); // a newer attempt makes this one stale
    let token;
    try {
      token = await this.session.token();
    } catch (error) {
      if (turn === this.turn) this.tokenFailed(error);
      return;
    }
    if (turn !== this.turn || this.ended) return;
    this.open(token);
  }

  open(token) {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/v1/socket`);
    this.socket = socket;
    this.helloTimer = setTimeout(() => this.lost(socket), HELLO_MS);
    socket.onopen = () => this.hello(socket, token);
    socket.onmessage = (message) => this.heard(socket, message.data);
    socket.onclose = (event) => this.closed(socket, event);
  }

  hello(socket, token) {
    const id = drawKey();
    this.helloSent = Date.now();
    this.helloId = id;
    this.helloToken = token;
    put(socket, { type: "hello", id, token, protocol: PROTOCOL });
  }

  tokenFailed(error) {
    if (error.status === 401 || error.code === "not_authenticated") this.stop("signed_out");
    else this.later();
  }

  /** Give up on a socket that is silent; its late events change nothing. */
  lost(socket) {
    if (socket !== this.socket) return;
    this.dropSocket();
    this.later();
  }

  dropSocket() {
    clearTimeout(this.helloTimer);
    clearTimeout(this.renewTimer);
    clearInterval(this.pingTimer);
    clearTimeout(this.steadyTimer);
    const socket = this.socket;
    this.socket = null;
    this.live = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.failWaiting((request) => !request.again);
  }

  closed(socket, event) {
    if (socket !== this.socket) return;
    this.dropSocket();
    if (event.code === REVOKED) this.signedOut();
    else if (event.code === UNAUTHORIZED) this.tokenRefused();
    else if (event.code >= 4500 && event.code <= 4999) this.refused(event);
    else if (event.code === TOKEN_EXPIRED) this.renewAndReturn();
    else this.later();
  }

  refused(event) {
    this.stop("refused");
    this.dispatchEvent(new CustomEvent("refused", {
      detail: { code: event.code, reload: event.code === STALE_PROTOCOL },
    }));
  }

  /** The token was not accepted: once more with another one, then it is a log-out. */
  async tokenRefused() {
    if (this.renewedAfterRefusal) {
      this.signedOut();
      return;
    }
    this.renewedAfterRefusal = true;
    await this.renewAndReturn();
  }

  /** The session is over: its refresh token too. */
  signedOut() {
    this.stop("signed_out");
    if (this.session.personId) this.session.forget();
  }

  async renewAndReturn() {
    this.tell("connecting");
    try {
      await this.session.renewed(this.helloToken);
    } catch (error) {
      this.tokenFailed(error);
      return;
    }
    this.later(0);
  }

  /** Come back after a wait between nothing and the present bound (full jitter). */
  later(bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries)) {
    if (this.ended) return;
    this.tries = Math.min(this.tries + 1, 10);
    this.tell("offline");
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), Math.random() * bound);
  }

  tryNow() {
    if (this.ended || this.live || !this.retryTimer || document.hidden) return;
    this.connect();
  }

  // --- frames

  heard(socket, text) {
    if (socket !== this.socket) return;
    this.silentPings = 0;
    const frame = JSON.parse(text);
    if (frame.type === "push") this.push(frame);
    else if (frame.type === "welcome") this.welcomed(frame);
    else if (frame.type === "reset") this.reset(frame);
    else if (frame.type === "error" && !frame.id) this.complained(frame);
    else this.answered(frame);
  }

  complained(frame) {
    this.dispatchEvent(new CustomEvent("problem", { detail: new ApiError(frame) }));
  }

  welcomed(frame) {
    if (frame.id !== this.helloId) return;
    clearTimeout(this.helloTimer);
    readClock(Date.parse(frame.server_time), this.helloSent, Date.now());
    this.renewAt(frame.token_expires_at);
    if (this.live) return; // a renewed token on the same socket
    this.live = true;
    this.renewedAfterRefusal = false;
    this.steadyTimer = setTimeout(() => { this.tries = 0; }, STEADY_MS);
    this.keepAlive(frame.ping_seconds * 1000);
    for (const { frame: unanswered } of this.waiting.values()) this.write(unanswered);
    for (const channel of this.channels.keys()) this.subscribe(channel);
    this.tell("live");
  }

  renewAt(expiresAt) {
    clearTimeout(this.renewTimer);
    const left = Date.parse(expiresAt) - serverNow() - RENEW_EARLY_MS;
    this.renewTimer = setTimeout(() => this.renewToken(), Math.max(5_000, left));
  }

  async renewToken() {
    const socket = this.socket;
    try {
      const token = await this.session.renewed(this.helloToken);
      if (socket && socket === this.socket) this.hello(socket, token);
    } catch (error) {
      if (error.status === 401) this.stop("signed_out");
      // else: the server closes with TOKEN_EXPIRED when the time comes, and we return
    }
  }

  /** The browser answers the server's pings by itself; ours find a server that is gone. */
  keepAlive(everyMs) {
    this.silentPings = 0;
    const socket = this.socket;
    this.pingTimer = setInterval(() => {
      this.silentPings += 1;
      if (this.silentPings > 2) this.lost(socket);
      else this.ping();
    }, everyMs);
  }

  ping() {
    const sent = Date.now();
    this.request({ type: "ping" }).then(
      (pong) => readClock(Date.parse(pong.server_time), sent, Date.now()),
      () => {}, // silence is counted by keepAlive
    );
  }

  subscribe(channel) {
    const { position } = this.channels.get(channel);
    this.request({ type: "subscribe", channel, resume: position }).then(
      (answer) => this.subscribed(answer),
      (error) => this.channels.get(channel)?.handlers.failed?.(error),
    );
  }

  subscribed(answer) {
    const channel = this.channels.get(answer.channel);
    if (!channel) return;
    channel.position = answer.position;
    if (!answer.recovered) channel.handlers.snapshot?.(answer.snapshot ?? {});
    channel.handlers.live?.();
  }

  /** The channel may have a hole: follow it anew from what we have, not all pages at once. */
  reset({ channel, within_seconds: within }) {
    const socket = this.socket;
    setTimeout(() => {
      if (socket === this.socket && this.channels.has(channel)) this.subscribe(channel);
    }, Math.random() * within * 1000);
  }

  push(frame) {
    const channel = this.channels.get(frame.channel);
    if (!channel) return;
    channel.handlers.event?.(frame.event);
    channel.position = { epoch: frame.epoch, offset: frame.offset };
  }

  // --- requests

  /** Send a request and give its answer; with `again` it is sent anew, under its id, after a break. */
  request(frame, { again = false, id = drawKey() } = {}) {
    if (!this.live && !again) return Promise.reject(new ApiError({ code: "offline" }));
    if (this.waiting.size >= MAX_WAITING) return Promise.reject(new ApiError({ code: "timeout" }));
    return new Promise((resolve, reject) => {
      const whole = { ...frame, id };
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new ApiError({ code: "timeout" }));
      }, ANSWER_MS);
      this.waiting.set(id, { frame: whole, again, resolve, reject, timer });
      if (this.live) this.write(whole);
    });
  }

  write(frame) {
    put(this.socket, frame);
  }

  answered(frame) {
    const request = this.waiting.get(frame.id);
    if (!request) return;
    this.waiting.delete(frame.id);
    clearTimeout(request.timer);
    if (frame.type === "error") request.reject(new ApiError(frame));
    else request.resolve(frame);
  }

  failWaiting(which) {
    for (const [id, request] of this.waiting) {
      if (!which(request)) continue;
      this.waiting.delete(id);
      clearTimeout(request.timer);
      request.reject(new ApiError({ code: "offline" }));
    }
  }
}
