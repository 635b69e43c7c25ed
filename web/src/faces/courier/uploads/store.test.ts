// What becomes of a finished waybill where the device cannot keep it.

import { beforeEach, expect, test } from "vitest";
import { forgetUploads, heldUploads, unsentUploads } from "@/kit/kept_uploads";
import type { UploadStore } from "./outbox";
import { SteadyStore } from "./store";
import { draftOf, emptyForm, handedIn, isStill, type Upload } from "./upload";

/** A device without room, or without a store at all; what was kept before can still be read. */
class FullStore implements UploadStore {
  room = false;
  readonly kept = new Map<string, Upload>();
  private tried<Answer>(act: () => Answer): Promise<Answer> {
    return this.room ? Promise.resolve(act()) : Promise.reject(new DOMException("full", "QuotaExceededError"));
  }
  all = async () => [...this.kept.values()];
  get = async (_: string, order: string) => this.kept.get(order) ?? null;
  put = (upload: Upload) => this.tried(() => void this.kept.set(upload.order, upload));
  remove = (_: string, order: string) => this.tried(() => void this.kept.delete(order));
  replace = (upload: Upload, now: Upload | null) =>
    this.tried(() => {
      if (!isStill(this.kept.get(upload.order), upload)) return false;
      if (now) this.kept.set(now.order, now);
      else this.kept.delete(upload.order);
      return true;
    });
}

beforeEach(() => heldUploads.clear());

const waiting = (order: string) => handedIn(draftOf("p", order, emptyForm("2026-11-22"), 0));

test("a waybill that the device will not keep lives as long as the page, and is replaced like any other", async () => {
  const full = new FullStore();
  const store = new SteadyStore(full);
  const upload = waiting("LJ1");
  await store.put(upload);
  expect([store.holds("p", "LJ1"), (await store.all("p")).length, await store.all("q")]).toEqual([true, 1, []]);
  expect(await store.get("p", "LJ1")).toEqual(upload);
  expect(await store.replace(waiting("LJ1"), null)).toBe(false); // mended meanwhile
  expect(await store.replace(upload, { ...upload, photoId: "ph0" })).toBe(true);
  expect((await store.get("p", "LJ1"))?.photoId).toBe("ph0");
  expect(await store.replace(upload, null)).toBe(true);
  expect([store.holds("p", "LJ1"), await store.all("p")]).toEqual([false, []]);
});

test("what was kept before stands in its newest form while there is no room, and once there is some", async () => {
  const full = new FullStore();
  const store = new SteadyStore(full);
  const upload = waiting("LJ1");
  full.kept.set("LJ1", upload);
  expect(await store.replace(upload, { ...upload, photoId: "ph0" })).toBe(true);
  expect((await store.all("p")).map((one) => one.photoId)).toEqual(["ph0"]);
  full.room = true;
  await store.put({ ...upload, photoId: "ph1" });
  expect([store.holds("p", "LJ1"), full.kept.get("LJ1")?.photoId]).toEqual([false, "ph1"]);
});

test("it outlives a switch to another account, is counted by its person's log-out, and goes with it for good", async () => {
  const upload = waiting("LJ1");
  await new SteadyStore().put(upload); // no IndexedDB here, as in some private windows
  await new SteadyStore().put({ ...waiting("LJ2"), person: "p2" });
  const sender = new SteadyStore();
  expect((await sender.all("p")).map((one) => one.order)).toEqual(["LJ1"]);
  expect([await unsentUploads("p"), await unsentUploads("p2"), await unsentUploads("q")]).toEqual([1, 1, 0]);
  await forgetUploads("p");
  expect(await sender.replace(upload, { ...upload, photoId: "ph0" })).toBe(false); // its photo was just on the way
  expect([await sender.all("p"), await unsentUploads("p"), await unsentUploads("p2")]).toEqual([[], 0, 1]);
});
