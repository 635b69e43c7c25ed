// The outbox in a component's life: what a reload would take along is asked about.

import { afterEach, expect, test, vi } from "vitest";
import { createApp, effectScope } from "vue";
import { heldUploads } from "@/kit/kept_uploads";
import { SIGNED_IN, type SignedIn } from "@/kit/signed_in";
import { draftOf, emptyForm } from "./upload";
import { type Uploads, useUploads } from "./use_uploads";

afterEach(() => {
  vi.unstubAllGlobals();
  heldUploads.clear();
});

test("a reload asks first while the device does not keep a waybill, as long as the courier's page is open", async () => {
  const page = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"] as const) vi.stubGlobal(name, page[name].bind(page));
  vi.stubGlobal("navigator", { onLine: true });
  const app = createApp({}).provide(SIGNED_IN, { session: {}, realtime: new EventTarget() } as unknown as SignedIn);
  const scope = effectScope();
  const uploads = app.runWithContext(() => scope.run(() => useUploads("p", () => {}))) as Uploads;
  const asks = (): boolean => !page.dispatchEvent(new Event("beforeunload", { cancelable: true }));
  expect(asks()).toBe(false);
  await uploads.keep(draftOf("p", "LJ1", emptyForm("2026-11-22"), 0)); // no IndexedDB here
  expect([uploads.holds("LJ1"), asks()]).toEqual([true, true]);
  await uploads.remove("LJ1");
  expect(asks()).toBe(false);
  await uploads.keep(draftOf("p", "LJ1", emptyForm("2026-11-22"), 0));
  scope.stop();
  expect(asks()).toBe(false);
});
