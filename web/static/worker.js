// Keeps the pages' own files for when there is no network. The server puts VERSION, VERSION_HEADER
// and FILES before this text. The network comes first; the kept set is one version of everything, so
// that no page of it is ever put together from two. Requests to the API are not touched.

const CACHE = `lanjian.${VERSION}`;
const PATIENCE_MS = 4000; // a basement's network may neither answer nor fail
const VISIT = "/v/_"; // a visit's own address holds a one-time code, which is not kept

self.addEventListener("install", (event) => event.waitUntil(take()));
self.addEventListener("activate", (event) => event.waitUntil(settle()));
self.addEventListener("fetch", (event) => {
  const kept = keptAs(event.request);
  if (kept) event.respondWith(answer(event.request, kept));
});

/** Take the whole set or nothing: after a refusal the older worker and its set stay as they are. */
async function take() {
  const files = await Promise.all(FILES.map(whole));
  const cache = await caches.open(CACHE);
  await Promise.all(files.map((file, index) => cache.put(FILES[index], file)));
  await self.skipWaiting();
}

/** Fetch one file to its end. During a deploy another server's may come: of another version. */
async function whole(path) {
  const got = await fetch(path, { cache: "reload" });
  const version = got.headers.get(VERSION_HEADER);
  if (got.status !== 200 || version !== VERSION) {
    throw new Error(`not taken: ${path} is of ${version} (${got.status}), wanted ${VERSION}`);
  }
  return new Response(await got.arrayBuffer(), got);
}

async function settle() {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith("lanjian.") && name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Under which path a request's answer is kept, or null where nothing is. */
function keptAs(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return null;
  if (url.pathname.startsWith("/v/") || url.pathname.startsWith("/visit/")) return VISIT;
  if (FILES.includes(url.pathname)) return url.pathname;
  // A page's own paths below its first are read by the page itself: "/courier/jobs" is "/courier".
  return FILES.find((file) => !file.includes(".") && url.pathname.startsWith(`${file}/`)) ?? null;
}

async function answer(request, kept) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const got = await fetch(request, { signal: patience.signal });
    // Amid a deploy a page of the kept version still wants its own files, which the server has no more.
    const gone = got.status === 404 && kept.startsWith("/assets/");
    const found = gone ? await copyOf(kept) : undefined;
    if (found) return found;
    // Read to its end here: what breaks off later could not be replaced by the kept copy.
    return got.status === 200 ? new Response(await got.arrayBuffer(), got) : got;
  } catch (error) {
    const found = await copyOf(kept);
    if (found) return found;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function copyOf(kept) {
  const cache = await caches.open(CACHE);
  return cache.match(kept);
}
