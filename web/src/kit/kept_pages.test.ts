// The worker's answers, run as it is served: its version and files before its text.

import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";

const TEXT = readFileSync(new URL("../../static/worker.js", import.meta.url), "utf-8");
const FILES = ["/courier", "/assets/Scanner-1.js"];

/** What a page gets for a path while the server answers with `status`; null: the worker leaves it alone. */
async function got(path: string, status: number): Promise<string | null> {
  const heard = new Map<string, (event: unknown) => void>();
  const self = { addEventListener: (name: string, act: (event: unknown) => void) => heard.set(name, act), location: { origin: "https://x" } };
  const match = async (kept: string) => (kept.endsWith("-1.js") || kept === "/courier" ? new Response("kept") : undefined);
  const server = vi.fn(async () => new Response("server's", { status }));
  const worker = new Function("self", "caches", "fetch", "VERSION", "VERSION_HEADER", "FILES", TEXT);
  worker(self, { open: async () => ({ match }) }, server, "1", "X", FILES);
  let answer: Promise<Response> | null = null;
  heard.get("fetch")?.({ request: new Request(`https://x${path}`), respondWith: (given: Promise<Response>) => (answer = given) });
  return answer && (await (answer as Promise<Response>)).text();
}

test("a part that a deploy has taken from the server comes from the kept set; a page that is gone does not", async () => {
  expect(await got("/assets/Scanner-1.js", 200)).toBe("server's");
  expect(await got("/assets/Scanner-1.js", 404)).toBe("kept");
  expect(await got("/assets/Scanner-1.js", 500)).toBe("server's");
  expect(await got("/courier", 404)).toBe("server's");
  expect(await got("/assets/Scanner-2.js", 404)).toBe(null);
});
