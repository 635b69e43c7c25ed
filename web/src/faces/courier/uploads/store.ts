// The uploads of the outbox: in this device's store of them, or in the page's memory where the
// device has none or no room (private windows, a full disk).

import { changeUpload, heldUploads, uploadsOf, withinUploads } from "@/kit/kept_uploads";
import { isStill, type Upload, uploadName } from "./upload";
import type { UploadStore } from "./outbox";

export const browserStore: UploadStore = {
  all: (person) => withinUploads<Upload[]>("readonly", (uploads) => uploads.getAll(uploadsOf(person))),
  get: async (person, order) =>
    (await withinUploads<Upload | undefined>("readonly", (uploads) => uploads.get(uploadName({ person, order })))) ?? null,
  put: async (upload) => void (await withinUploads("readwrite", (uploads) => uploads.put(upload, uploadName(upload)))),
  remove: async (person, order) => void (await withinUploads("readwrite", (uploads) => uploads.delete(uploadName({ person, order })))),
  replace: (upload, now) => changeUpload<Upload>(uploadName(upload), (kept) => (isStill(kept, upload) ? now : undefined)),
};

/** A store that never fails: what the other one would not keep lives as long as the page. */
export class SteadyStore implements UploadStore {
  private readonly held = heldUploads as Map<string, Upload>; // outlives a switch to another account

  constructor(private readonly store: UploadStore = browserStore) {}

  /** Whether an order's upload would be lost with the page. */
  holds(person: string, order: string): boolean {
    return this.held.has(uploadName({ person, order }));
  }

  async all(person: string): Promise<Upload[]> {
    const kept = await this.store.all(person).catch(() => []);
    const held = [...this.held.values()].filter((one) => one.person === person);
    return [...kept.filter((one) => !this.holds(person, one.order)), ...held];
  }

  async get(person: string, order: string): Promise<Upload | null> {
    return this.held.get(uploadName({ person, order })) ?? this.store.get(person, order).catch(() => null);
  }

  async put(upload: Upload): Promise<void> {
    try {
      await this.store.put(upload);
      this.held.delete(uploadName(upload));
    } catch {
      this.held.set(uploadName(upload), upload);
    }
  }

  async remove(person: string, order: string): Promise<void> {
    this.held.delete(uploadName({ person, order }));
    await this.store.remove(person, order).catch(() => {});
  }

  async replace(upload: Upload, now: Upload | null): Promise<boolean> {
    const held = this.held.get(uploadName(upload));
    if (!held) {
      try {
        return await this.store.replace(upload, now);
      } catch {
        const kept = await this.store.get(upload.person, upload.order).catch(() => null);
        if (!isStill(kept, upload)) return false; // forgotten meanwhile, as a log-out does
        // Sent again under its keys after a reload, it is the same upload.
        if (now) this.held.set(uploadName(now), now);
        return true;
      }
    }
    if (!isStill(held, upload)) return false;
    if (now) await this.put(now);
    else await this.remove(upload.person, upload.order);
    return true;
  }
}
