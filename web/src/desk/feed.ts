// The staff's live channel, followed once by the shell and handed to every component that listens.

import { type InjectionKey, inject, onScopeDispose } from "vue";
import type { ApiError } from "@/api/errors";
import type { PushEvent, Snapshot } from "@/api/types";
import type { Follower } from "@/realtime/channels";
import type { Realtime } from "@/realtime/client";

export class StaffFeed {
  private readonly followers = new Set<Follower>();

  constructor(
    private readonly realtime: Realtime,
    private readonly channel = "staff",
  ) {}

  start(): void {
    this.realtime.follow(this.channel, {
      snapshot: (snapshot: Partial<Snapshot>) => this.each((one) => one.snapshot?.(snapshot)),
      event: (event: PushEvent) => this.each((one) => one.event?.(event)),
      live: () => this.each((one) => one.live?.()),
      failed: (error: ApiError) => this.each((one) => one.failed?.(error)),
    });
  }

  stop(): void {
    this.realtime.unfollow(this.channel);
  }

  add(follower: Follower): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  private each(tell: (one: Follower) => void): void {
    for (const one of [...this.followers]) tell(one);
  }
}

const KEY: InjectionKey<StaffFeed> = Symbol("staff feed");
export { KEY as STAFF_FEED };

/**
 * Hear of the staff's channel while the component lives. Who begins to listen later than the
 * shell is told no snapshot: read what you show by the API first; `live` is told after each break.
 */
export function useStaffFeed(follower: Follower): void {
  const feed = inject(KEY);
  if (!feed) throw new Error("not on the desk");
  onScopeDispose(feed.add(follower));
}
