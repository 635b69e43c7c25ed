// Channels that are followed: where each stands, and who is told. A channel keeps (epoch, offset)
// and hands it back on return. `recovered: true` means that what was missed follows; otherwise the
// snapshot replaces all that the page holds.

import type { ApiError } from "../api/errors";
import type { Position, Push, PushEvent, Snapshot, Subscribed } from "../api/types";

export interface Follower {
  /** Everything of the channel at this instant: replace what is shown. */
  snapshot?(snapshot: Partial<Snapshot>): void;
  /** One thing more. */
  event?(event: PushEvent): void;
  /** All that was missed has been told, or replaced. */
  live?(): void;
  failed?(error: ApiError): void;
}

interface Followed {
  position: Position | null;
  follower: Follower;
}

export class Channels {
  private readonly followed = new Map<string, Followed>();

  add(name: string, follower: Follower): void {
    this.followed.set(name, { position: null, follower });
  }

  remove(name: string): boolean {
    return this.followed.delete(name);
  }

  has(name: string): boolean {
    return this.followed.has(name);
  }

  names(): string[] {
    return [...this.followed.keys()];
  }

  position(name: string): Position | null {
    return this.followed.get(name)?.position ?? null;
  }

  subscribed(answer: Subscribed): void {
    const channel = this.followed.get(answer.channel);
    if (!channel) return;
    channel.position = answer.position;
    if (!answer.recovered) channel.follower.snapshot?.(answer.snapshot ?? {});
    channel.follower.live?.();
  }

  /** Tell what came. Of one epoch, what stands at or before our place was told already. */
  push({ channel: name, epoch, offset, event }: Push): void {
    const channel = this.followed.get(name);
    if (!channel) return;
    const { position } = channel;
    if (position?.epoch === epoch && offset <= position.offset) return;
    channel.position = { epoch, offset };
    channel.follower.event?.(event);
  }

  failed(name: string, error: ApiError): void {
    this.followed.get(name)?.follower.failed?.(error);
  }
}
