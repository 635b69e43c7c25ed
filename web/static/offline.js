// The pages' own files kept on this device (worker.js), where the browser can.

/** Have them kept; a page that cannot has all it needs from the network. */
export function keepPages() {
  navigator.serviceWorker?.register("/worker.js").catch(() => {});
}
