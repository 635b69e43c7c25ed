// What a page is told when the network goes before, within or after an answer.

import { afterEach, describe, expect, test, vi } from "vitest";
import { send, sendForBlob } from "./wire";

const answers = (answer: () => Promise<Response>): void => void vi.stubGlobal("fetch", vi.fn(answer));

/** An answer whose body breaks off after its first bytes. */
const broken = (status = 200): Response => {
  const body = new ReadableStream({
    start: (line) => line.enqueue(new TextEncoder().encode('{"a":')),
    pull: (line) => line.error(new TypeError("network error")),
  });
  return new Response(body, { status });
};

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("one request", () => {
  test("gives what came, as JSON or as bytes", async () => {
    answers(async () => Response.json({ a: 1 }));
    await expect(send("GET", "/x")).resolves.toEqual({ a: 1 });
    expect(await (await sendForBlob("GET", "/x")).text()).toBe('{"a":1}');
  });

  test("is offline where no answer came, and where one broke off", async () => {
    answers(() => Promise.reject(new TypeError("Failed to fetch")));
    await expect(send("GET", "/x")).rejects.toMatchObject({ code: "offline", status: 0 });
    answers(async () => broken());
    await expect(send("POST", "/x")).rejects.toMatchObject({ code: "offline", status: 0 });
    await expect(sendForBlob("GET", "/x")).rejects.toMatchObject({ code: "offline", status: 0 });
  });

  test("is too late where the answer does not come to its end", async () => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) =>
      new Promise((_resolve, reject) => signal!.addEventListener("abort", () => reject(new DOMException("", "AbortError")))));
    const asked = expect(send("GET", "/x")).rejects.toMatchObject({ code: "timeout" });
    await vi.advanceTimersByTimeAsync(20_000);
    await asked;
  });

  test("tells a refusal by its code, and what is no JSON as strange", async () => {
    answers(async () => Response.json({ error: { code: "taken", message: "" } }, { status: 409 }));
    await expect(send("GET", "/x")).rejects.toMatchObject({ code: "taken", status: 409 });
    answers(async () => new Response("<html>", { status: 502 }));
    await expect(send("GET", "/x")).rejects.toMatchObject({ code: "strange", status: 502 });
    answers(async () => new Response("<html>"));
    await expect(send("GET", "/x")).rejects.toMatchObject({ code: "strange", status: 200 });
  });
});
