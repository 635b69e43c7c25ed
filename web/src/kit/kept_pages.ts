// The pages' own files kept on this device (worker.js), where the browser can.

const AGAIN_MS = 5 * 60_000; // by then a deploy's servers are mostly of one version

/** Have them kept; a page that cannot has all it needs from the network. */
export function keepPages(): void {
  keep().catch(() => {});
}

async function keep(): Promise<ServiceWorkerRegistration | null> {
  const registration = (await navigator.serviceWorker?.register("/worker.js")) ?? null;
  if (!registration) return null;
  registration.onupdatefound = () => follow(registration.installing);
  follow(registration.installing);
  return registration;
}

/** A new worker that got files of two versions takes none and is gone: have it tried again. */
function follow(worker: ServiceWorker | null): void {
  if (!worker) return;
  worker.onstatechange = () => {
    if (worker.state === "redundant") setTimeout(() => again().catch(() => {}), AGAIN_MS);
  };
}

async function again(): Promise<void> {
  const registration = await keep(); // a first one that took nothing is not even registered
  await registration?.update();
}
