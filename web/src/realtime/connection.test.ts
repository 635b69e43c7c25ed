// How connections begin, end, are found dead and go on, against the scripted peer.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/errors";
import { FIRST_WAIT_MS, LONGEST_WAIT_MS } from "./backoff";
import { connected, settled, Stage } from "./scripted_peer";

const EXPIRED = new ApiError({ status: 401, code: "session_expired" });
const OFFLINE = new ApiError({ code: "offline" });

let page: EventTarget;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-22T12:00:00Z") });
  page = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"] as const) vi.stubGlobal(name, page[name].bind(page));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("beginning", () => {
  it("opens nothing when it was stopped while it waited for its token", async () => {
    const stage = new Stage();
    stage.realtime.start();
    stage.realtime.stop();
    await settled();
    expect([stage.sockets.length, stage.realtime.state]).toEqual([0, "offline"]);
  });

  it("is signed out without a session, and tries again where only the network is missing", async () => {
    const over = new Stage();
    over.noToken = EXPIRED;
    over.realtime.start();
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
    expect([over.sockets.length, over.realtime.state]).toEqual([0, "signed_out"]);

    const cut = new Stage();
    cut.noToken = OFFLINE;
    cut.realtime.start();
    await settled();
    expect(cut.realtime.state).toBe("offline");
    cut.noToken = null;
    await vi.advanceTimersByTimeAsync(FIRST_WAIT_MS);
    expect(cut.sockets).toHaveLength(1);
  });

  it("gives up on a server that does not welcome it, whatever that one says afterwards", async () => {
    const stage = new Stage();
    stage.realtime.start();
    await settled();
    const silent = stage.socket;
    silent.opens();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(stage.realtime.state).toBe("offline");
    await vi.advanceTimersByTimeAsync(FIRST_WAIT_MS);
    expect(stage.sockets).toHaveLength(2);
    silent.welcomes();
    silent.breaks(4505);
    stage.socket.opens();
    stage.socket.welcomes();
    expect([stage.forgotten, stage.realtime.state, stage.sockets.length]).toEqual([false, "live", 2]);
  });

  it("follows at once what is asked for later, and says what is refused", async () => {
    const stage = new Stage();
    await connected(stage);
    const failed = vi.fn();
    stage.realtime.follow("offers", { failed });
    const { id } = stage.socket.last("subscribe");
    stage.socket.tells({ type: "error", id, code: "forbidden", message: "" } as never);
    await settled();
    expect(failed.mock.calls).toMatchObject([[{ code: "forbidden" }]]);
  });

  it("tells a problem that is of no request", async () => {
    const stage = new Stage();
    const told = vi.fn();
    stage.realtime.addEventListener("problem", (event) => told((event as CustomEvent<ApiError>).detail.code));
    await connected(stage);
    stage.socket.tells({ type: "error", id: null, code: "limited", message: "" } as never);
    expect(told.mock.calls).toEqual([["limited"]]);
  });
});

describe("tokens", () => {
  it("renews one that ended and comes back at once", async () => {
    const stage = new Stage();
    await connected(stage);
    stage.socket.breaks(4005);
    await vi.advanceTimersByTimeAsync(1);
    expect(stage.sockets).toHaveLength(2);
    stage.socket.opens();
    expect(stage.socket.last("hello").token).toBe("token-1");
  });

  it("is signed out when an open socket's token cannot be renewed, not when the network is gone", async () => {
    for (const [why, state] of [[EXPIRED, "signed_out"], [OFFLINE, "live"]] as const) {
      const stage = new Stage();
      stage.realtime.start();
      await settled();
      stage.socket.opens();
      stage.socket.welcomes({ lifeMs: 300_000 });
      stage.noToken = why;
      await vi.advanceTimersByTimeAsync(250_000);
      expect(stage.realtime.state).toBe(state);
    }
  });

  it("forgives a refused token each time another one was accepted since", async () => {
    const stage = new Stage();
    await connected(stage);
    for (let time = 0; time < 3; time += 1) {
      stage.socket.breaks(4501);
      await connected(stage);
    }
    expect([stage.forgotten, stage.realtime.state, stage.renewals]).toEqual([false, "live", 3]);
  });
});

describe("ends", () => {
  it("wait ever longer while connections are welcomed and break at once", async () => {
    const stage = new Stage();
    await connected(stage);
    for (const bound of [1, 2, 4].map((times) => FIRST_WAIT_MS * times)) {
      const opened = stage.sockets.length;
      stage.socket.breaks();
      await vi.advanceTimersByTimeAsync(bound / 2 - 1);
      expect(stage.sockets).toHaveLength(opened);
      await vi.advanceTimersByTimeAsync(2);
      stage.socket.opens();
      stage.socket.welcomes();
    }
  });

  it("come to no return after a stop", async () => {
    const stage = new Stage();
    await connected(stage);
    stage.socket.breaks();
    stage.realtime.stop();
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
    expect(stage.sockets).toHaveLength(1);
  });

  it("leave a hole alone that is of a channel nobody follows any more", async () => {
    const stage = new Stage();
    stage.realtime.follow("me", {});
    await connected(stage);
    stage.socket.subscribes("e1", 4, {});
    stage.socket.tells({ type: "reset", channel: "me", within_seconds: 10 } as never);
    stage.realtime.unfollow("me");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(stage.socket.of("subscribe")).toHaveLength(1);
  });
});

describe("waking", () => {
  it("comes back at once when the device has a network again, and not after its end", async () => {
    const stage = new Stage();
    stage.realtime.start();
    for (let breaks = 0; breaks < 8; breaks += 1) {
      await settled();
      stage.socket.breaks();
      await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS / 2 + 1);
    }
    await settled();
    stage.socket.breaks();
    const opened = stage.sockets.length;
    page.dispatchEvent(new Event("online"));
    await settled();
    expect(stage.sockets).toHaveLength(opened + 1);
    stage.realtime.stop();
    page.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
    expect([stage.sockets.length, stage.realtime.state]).toEqual([opened + 1, "offline"]);
  });

  it("finds a socket dead that a sleep or another network cut without a word", async () => {
    const stage = new Stage();
    await connected(stage);
    page.dispatchEvent(new Event("offline"));
    await vi.advanceTimersByTimeAsync(16_000);
    expect([stage.sockets.length, stage.realtime.state]).toEqual([1, "live"]); // it answered
    stage.socket.answersPings = false;
    page.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(14_900);
    expect(stage.realtime.state).toBe("live");
    await vi.advanceTimersByTimeAsync(200);
    expect(stage.realtime.state).toBe("offline");
  });

  it("judges by the last question only", async () => {
    const stage = new Stage();
    await connected(stage);
    page.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(14_000);
    stage.socket.answersPings = false; // slow from here on
    page.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stage.realtime.state).toBe("live");
  });
});

describe("the server's time", () => {
  it("is learnt better from a quick answer to a ping than from a slow welcome", async () => {
    const stage = new Stage();
    stage.realtime.start();
    await settled();
    stage.socket.opens();
    await vi.advanceTimersByTimeAsync(4_000);
    stage.socket.welcomes({ aheadMs: 60_000 });
    expect(stage.clock.now() - Date.now()).not.toBe(60_000);
    await vi.advanceTimersByTimeAsync(20_001);
    expect(stage.clock.now() - Date.now()).toBe(60_000);
  });

  it("follows a clock that drifts, though the answers are slower than the best one was", async () => {
    const stage = new Stage();
    stage.clock.read(1_000_000, 0, 10);
    for (let reading = 0; reading < 12; reading += 1) stage.clock.read(1_000_050, 0, 60);
    expect(stage.clock.now() - Date.now()).toBe(1_000_020);
  });
});

it("a request that is asked again under its id has its whole time", async () => {
  const stage = new Stage();
  await connected(stage);
  const claim = { type: "claim_order", order_id: "LJ1", offer_version: 1 } as const;
  const first = stage.realtime.request(claim, { again: true, id: "r1" });
  stage.socket.tells({ type: "reply", id: "r1" } as never);
  await first;
  await vi.advanceTimersByTimeAsync(10_000);
  const ended = vi.fn();
  stage.realtime.request(claim, { again: true, id: "r1" }).catch(ended);
  await vi.advanceTimersByTimeAsync(14_000);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(ended).toHaveBeenCalledOnce();
});
