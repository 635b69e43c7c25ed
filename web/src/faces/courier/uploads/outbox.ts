// Sends what was handed in: one sender over all tabs, the same keys until the server answered, again
// as soon as there is a network. A reload in the middle sends nothing twice.

import { ApiError } from "@/api/errors";
import type { OrderView, UploadFinished } from "@/api/types";
import { Backoff } from "@/realtime/backoff";
import { bodyOf, KEPT_MS, type KeptPhoto, passes, refusedBy, type Upload } from "./upload";

export interface UploadStore {
  all(person: string): Promise<Upload[]>;
  get(person: string, order: string): Promise<Upload | null>;
  put(upload: Upload): Promise<void>;
  remove(person: string, order: string): Promise<void>;
  /** In one step: put `now` (null: nothing) in the place of an upload that still waits; or false. */
  replace(upload: Upload, now: Upload | null): Promise<boolean>;
}

/** The two requests that an upload is. Both throw ApiError. */
export interface Post {
  photo(photo: KeptPhoto, key: string): Promise<string>;
  finished(order: string, body: UploadFinished, key: string): Promise<OrderView>;
}

/** What differs between a page and a test. */
export interface Around {
  /** Run while no other tab does. */
  alone(name: string, act: () => Promise<void>): Promise<void>;
  later(act: () => void, ms: number): () => void;
  now(): number;
  backoff: Backoff;
  /** Tell the other tabs that something is otherwise. */
  tell(): void;
}

export type Step = "photo" | "form";

/** Fires "changed", and "sent" (detail: OrderView). */
export class Outbox extends EventTarget {
  uploads: readonly Upload[] = [];
  /** What is being sent by this tab. */
  step: { order: string; step: Step } | null = null;
  private running: Promise<void> | null = null;
  private again = false;
  private ended = false;
  private forget: (() => void) | null = null; // the retry that is due

  constructor(
    private readonly person: string,
    private readonly store: UploadStore,
    private readonly post: Post,
    private readonly around: Around,
  ) {
    super();
  }

  async start(): Promise<void> {
    await this.reread();
    for (const old of this.uploads.filter((one) => this.around.now() - one.savedAt > KEPT_MS)) {
      await this.remove(old.order);
    }
    this.kick();
  }

  end(): void {
    this.ended = true;
    this.forget?.();
  }

  of(order: string): Upload | null {
    return this.uploads.find((one) => one.order === order) ?? null;
  }

  /** Keep an upload as it is now; one that waits is sent. */
  async keep(upload: Upload): Promise<void> {
    await this.store.put({ ...upload, savedAt: this.around.now() });
    await this.changed();
    if (upload.state === "waiting") this.kick();
  }

  async remove(order: string): Promise<void> {
    await this.store.remove(this.person, order);
    await this.changed();
  }

  /** Another tab has changed something. */
  async reread(): Promise<void> {
    this.uploads = await this.store.all(this.person);
    this.dispatchEvent(new Event("changed"));
  }

  /** Send what waits, now: there may be a network. */
  kick(): void {
    this.forget?.();
    this.forget = null;
    if (this.ended) return;
    if (this.running) {
      this.again = true; // what came meanwhile is looked at afterwards
      return;
    }
    this.running = this.around
      .alone(`lanjian.outbox.${this.person}`, () => this.sendAll())
      .finally(() => {
        this.running = null;
        if (!this.again) return;
        this.again = false;
        this.kick();
      });
    this.running.catch(() => {}); // the store failed: the next kick tries again
  }

  private async sendAll(): Promise<void> {
    for (const { order } of await this.store.all(this.person)) {
      if (this.ended) return;
      const upload = await this.store.get(this.person, order); // another tab may have sent it
      if (upload?.state !== "waiting") continue;
      if (!(await this.send(upload))) return this.retryLater();
    }
    this.around.backoff.reset();
  }

  /** Send one; false when there is no network, or nobody knows. */
  private async send(upload: Upload): Promise<boolean> {
    let now = upload;
    try {
      if (!now.photoId && now.photo) {
        this.says(now.order, "photo");
        now = { ...now, photoId: await this.post.photo(now.photo, now.photoKey) };
        if (!(await this.store.replace(upload, now))) return true;
      }
      this.says(now.order, "form");
      const order = await this.post.finished(now.order, bodyOf(now), now.formKey);
      await this.store.replace(now, null);
      this.dispatchEvent(new CustomEvent("sent", { detail: order }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (passes(error)) return false;
      await this.store.replace(now, refusedBy(now, error));
    } finally {
      this.step = null;
      await this.changed();
    }
    return true;
  }

  private retryLater(): void {
    if (this.ended) return;
    this.forget = this.around.later(() => this.kick(), Math.max(1000, this.around.backoff.next()));
  }

  private says(order: string, step: Step): void {
    this.step = { order, step };
    this.dispatchEvent(new Event("changed"));
  }

  private async changed(): Promise<void> {
    await this.reread();
    this.around.tell();
  }
}
