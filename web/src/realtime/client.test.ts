// The realtime client against a peer that follows each test's script, on a clock of the tests.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PushEvent, Snapshot } from "../api/types";
import { FIRST_WAIT_MS, LONGEST_WAIT_MS } from "./backoff";
import { connected, settled, Stage } from "./scripted_peer";

beforeEach(() => vi.useFakeTimers({ now: new Date("2026-11-22T12:00:00Z") }));
afterEach(() => vi.useRealTimers());

interface Seen {
  snapshots: Partial<Snapshot>[];
  events: string[];
  live: number;
}

function follow(stage: Stage, channel = "me"): Seen {
  const seen: Seen = { snapshots: [], events: [], live: 0 };
  stage.realtime.follow(channel, {
    snapshot: (snapshot) => seen.snapshots.push(snapshot),
    event: (event: PushEvent) => seen.events.push((event as unknown as { en: string }).en),
    live: () => { seen.live += 1; },
  });
  return seen;
}

describe("resuming", () => {
  it("goes on from the last push that was told", async () => {
    const stage = new Stage();
    const seen = follow(stage);
    await connected(stage);
    expect(stage.socket.last("subscribe").resume).toBeNull();
    stage.socket.subscribes("e1", 4, { orders: [] });
    stage.socket.pushes("e1", 7);
    await settled();
    stage.socket.breaks();
    await connected(stage);
    expect(stage.socket.last("subscribe").resume).toEqual({ epoch: "e1", offset: 7 });
    stage.socket.subscribes("e1", 7);
    stage.socket.pushes("e1", 9);
    await settled();
    expect(seen).toEqual({ snapshots: [{ orders: [] }], events: ["7", "9"], live: 2 });
  });

  it("replaces what is held where the server could not recover", async () => {
    const stage = new Stage();
    const seen = follow(stage);
    await connected(stage);
    stage.socket.subscribes("e1", 4, { facts: { n: 1 } });
    await settled();
    stage.socket.breaks(4001);
    await connected(stage);
    stage.socket.subscribes("e2", 0, { facts: { n: 2 } });
    stage.socket.pushes("e2", 1);
    await settled();
    expect(seen.snapshots).toEqual([{ facts: { n: 1 } }, { facts: { n: 2 } }]);
    expect(seen.events).toEqual(["1"]);
  });

  it("follows anew, from where it stands, when the server says there may be a hole", async () => {
    const stage = new Stage();
    follow(stage);
    await connected(stage);
    stage.socket.subscribes("e1", 4, {});
    stage.socket.pushes("e1", 5);
    await settled();
    stage.socket.tells({ type: "reset", channel: "me", within_seconds: 10 } as never);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(stage.socket.of("subscribe")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    expect(stage.socket.last("subscribe").resume).toEqual({ epoch: "e1", offset: 5 });
    expect(stage.socket.of("subscribe")).toHaveLength(2);
  });

  it("leaves gaps to the server, which filters", async () => {
    const stage = new Stage();
    const seen = follow(stage);
    await connected(stage);
    stage.socket.subscribes("e1", 1, {});
    for (const offset of [2, 40, 41]) stage.socket.pushes("e1", offset);
    await settled();
    expect(seen.events).toEqual(["2", "40", "41"]);
    expect(stage.socket.of("subscribe")).toHaveLength(1);
  });
});

describe("what comes twice or out of order", () => {
  it("tells a push once", async () => {
    const stage = new Stage();
    const seen = follow(stage);
    await connected(stage);
    stage.socket.subscribes("e1", 4, {});
    for (const offset of [4, 5, 5, 6, 5]) stage.socket.pushes("e1", offset);
    await settled();
    expect(seen.events).toEqual(["5", "6"]);
  });

  it("begins anew with an epoch, though its offsets are smaller", async () => {
    const stage = new Stage();
    const seen = follow(stage);
    await connected(stage);
    stage.socket.subscribes("e1", 900, {});
    stage.socket.pushes("e2", 1);
    await settled();
    expect(seen.events).toEqual(["1"]);
  });

  it("keeps channels apart, and tells nothing of one that is not followed any more", async () => {
    const stage = new Stage();
    const [mine, offers] = [follow(stage), follow(stage, "offers")];
    await connected(stage);
    stage.socket.pushes("e1", 1);
    stage.socket.pushes("o1", 1, "offers");
    stage.realtime.unfollow("me");
    stage.socket.pushes("e1", 2);
    await settled();
    expect([mine.events, offers.events]).toEqual([["1"], ["1"]]);
    expect(stage.socket.last("unsubscribe").channel).toBe("me");
  });

  it("ignores a welcome that answers another hello", async () => {
    const stage = new Stage();
    stage.realtime.start();
    await settled();
    stage.socket.opens();
    stage.socket.last("hello").id = "other";
    const hello = stage.socket.sent[0] as { id: string };
    hello.id = "other";
    stage.socket.welcomes();
    expect(stage.realtime.state).toBe("connecting");
  });
});

describe("clock skew", () => {
  it("learns the server's time from the welcome and counts the token's life by it", async () => {
    const stage = new Stage();
    stage.realtime.start();
    await settled();
    stage.socket.opens();
    await vi.advanceTimersByTimeAsync(200); // the way there and back
    stage.socket.welcomes({ aheadMs: 3_600_000, lifeMs: 300_000 });
    expect(stage.clock.now() - Date.now()).toBeCloseTo(3_600_000 + 100, -2);
    await vi.advanceTimersByTimeAsync(239_000);
    expect(stage.renewals).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stage.renewals).toBe(1);
    expect(stage.socket.of("hello").map(({ token }) => token)).toEqual(["token-0", "token-1"]);
  });

  it("trusts a quick answer more than a slow one", async () => {
    const stage = new Stage();
    stage.clock.read(1_000_000, 0, 10);
    const before = stage.clock.now() - Date.now();
    stage.clock.read(1_005_000, 0, 8_000);
    expect(stage.clock.now() - Date.now()).toBe(before);
  });

  it("believes the next answer when the device's own clock was set meanwhile", async () => {
    const stage = new Stage();
    stage.clock.read(1_000_000, 0, 10);
    stage.clock.read(1_060_000, 3_660_000, 3_660_800); // an hour on, while a minute went by
    expect(stage.clock.now() - Date.now()).toBe(1_060_000 - 3_660_400);
  });
});

describe("coming back", () => {
  it("waits longer each time, with jitter, and soon again after a steady while", async () => {
    const stage = new Stage();
    stage.realtime.start();
    for (const bound of [1, 2, 4].map((times) => FIRST_WAIT_MS * times)) {
      await settled();
      const opened = stage.sockets.length;
      stage.socket.breaks();
      await vi.advanceTimersByTimeAsync(bound / 2 - 1);
      expect(stage.sockets).toHaveLength(opened);
      await vi.advanceTimersByTimeAsync(2);
      expect(stage.sockets).toHaveLength(opened + 1);
    }
    stage.socket.opens();
    stage.socket.welcomes();
    await vi.advanceTimersByTimeAsync(11_000);
    stage.socket.breaks();
    await vi.advanceTimersByTimeAsync(FIRST_WAIT_MS / 2 + 1);
    expect(stage.sockets).toHaveLength(5);
  });

  it("does not come back where the server says not to", async () => {
    const stage = new Stage();
    await connected(stage);
    stage.socket.breaks(4504);
    await vi.advanceTimersByTimeAsync(10 * LONGEST_WAIT_MS);
    expect([stage.sockets.length, stage.realtime.state]).toEqual([1, "refused"]);
  });

  it("forgets a revoked session, and tries a refused token once more with another", async () => {
    const revoked = new Stage();
    await connected(revoked);
    revoked.socket.breaks(4505);
    expect([revoked.forgotten, revoked.realtime.state]).toEqual([true, "signed_out"]);

    const refused = new Stage();
    refused.realtime.start();
    await settled();
    refused.socket.opens();
    refused.socket.breaks(4501);
    await vi.advanceTimersByTimeAsync(1);
    expect(refused.sockets).toHaveLength(2);
    refused.socket.opens();
    expect(refused.socket.last("hello").token).toBe("token-1");
    refused.socket.breaks(4501);
    await settled();
    expect(refused.forgotten).toBe(true);
  });

  it("gives up on a server that is silent", async () => {
    const stage = new Stage();
    await connected(stage);
    stage.socket.answersPings = false;
    await vi.advanceTimersByTimeAsync(61_000);
    expect(stage.states).toContain("offline");
    expect(stage.sockets.length).toBeGreaterThan(1);
  });
});

describe("requests", () => {
  const claim = { type: "claim_order", order_id: "LJ1", offer_version: 1 } as const;

  it("sends an unanswered one again after a break, under its id", async () => {
    const stage = new Stage();
    await connected(stage);
    const answer = stage.realtime.request(claim, { again: true, id: "r1" });
    stage.socket.breaks();
    await connected(stage);
    expect(stage.socket.last("claim_order")).toMatchObject({ ...claim, id: "r1" });
    stage.socket.tells({ type: "reply", id: "r1" } as never);
    await expect(answer).resolves.toMatchObject({ id: "r1" });
    stage.socket.tells({ type: "reply", id: "r1" } as never); // told twice: once is enough
  });

  it("keeps one that is asked while offline, if it may be sent later", async () => {
    const stage = new Stage();
    const kept = stage.realtime.request(claim, { again: true });
    await expect(stage.realtime.request(claim)).rejects.toMatchObject({ code: "offline" });
    await connected(stage);
    stage.socket.tells({ type: "reply", id: stage.socket.last("claim_order").id } as never);
    await expect(kept).resolves.toBeDefined();
  });

  it("fails those that may not be sent twice, and those that nobody answers", async () => {
    const stage = new Stage();
    await connected(stage);
    const once = stage.realtime.request(claim);
    const ended = expect(once).rejects.toMatchObject({ code: "offline" });
    stage.socket.breaks();
    await ended;
    const never = stage.realtime.request(claim, { again: true });
    const late = expect(never).rejects.toMatchObject({ code: "timeout" });
    await vi.advanceTimersByTimeAsync(16_000);
    await late;
  });

  it("gives a refusal its code, field and details", async () => {
    const stage = new Stage();
    await connected(stage);
    const asked = stage.realtime.request(claim, { id: "r1" });
    const refused = expect(asked).rejects.toMatchObject({ code: "taken", details: { ms: 3 } });
    stage.socket.tells({ type: "error", id: "r1", code: "taken", message: "", details: { ms: 3 } } as never);
    await refused;
  });

  it("stops at a bound", async () => {
    const stage = new Stage();
    const kept = Array.from({ length: 64 }, () => stage.realtime.request(claim, { again: true }));
    const ends = Promise.allSettled(kept);
    await expect(stage.realtime.request(claim, { again: true })).rejects.toMatchObject({ code: "timeout" });
    stage.realtime.stop();
    expect((await ends).every(({ status }) => status === "rejected")).toBe(true);
  });
});
