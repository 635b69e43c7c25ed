// One HTTP request to the API and its typed refusal.

import { serverClock } from "./clock";
import { ApiError } from "./errors";

const TIMEOUT_MS = 20_000;
const UPLOAD_TIMEOUT_MS = 120_000; // a photo over a bad line
const DATE_PRECISION_MS = 500; // the Date header has whole seconds

export type Method = "GET" | "POST" | "PUT" | "DELETE";
export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Asking {
  body?: unknown;
  raw?: Blob; // sent as it is
  query?: Query;
  key?: string; // Idempotency-Key: the same key and body get the first answer again
  token?: string;
}

/** A key under which a request that makes something may be repeated. */
export function drawKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send one request and give the JSON that came; throws ApiError. */
export async function send<Answer>(method: Method, path: string, asking: Asking = {}): Promise<Answer> {
  return reach(method, path, asking, async (response) => (await response.json()) as Answer);
}

/** Send one request and give the bytes that came; throws ApiError. */
export async function sendForBlob(method: Method, path: string, asking: Asking = {}): Promise<Blob> {
  return reach(method, path, asking, (response) => response.blob());
}

/** Ask, and read the answer to its end: the network may go in the middle of it. */
async function reach<Answer>(
  method: Method,
  path: string,
  asking: Asking,
  read: (response: Response) => Promise<Answer>,
): Promise<Answer> {
  const sent = Date.now();
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), asking.raw ? UPLOAD_TIMEOUT_MS : TIMEOUT_MS);
  let status = 0;
  try {
    const response = await fetch(path + asQuery(asking.query), {
      method,
      headers: headers(asking),
      body: asking.raw ?? (asking.body === undefined ? null : JSON.stringify(asking.body)),
      signal: limit.signal,
      cache: "no-store",
    });
    status = response.status;
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (date) serverClock.read(date + DATE_PRECISION_MS, sent, Date.now(), DATE_PRECISION_MS);
    if (!response.ok) throw await refusal(response);
    return await read(response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof SyntaxError) throw new ApiError({ status, code: "strange" }); // no JSON
    throw new ApiError({ code: limit.signal.aborted ? "timeout" : "offline" });
  } finally {
    clearTimeout(timer);
  }
}

function headers({ body, raw, key, token }: Asking): Record<string, string> {
  const given: Record<string, string> = {};
  if (token) given["Authorization"] = `Bearer ${token}`;
  if (key) given["Idempotency-Key"] = key;
  if (body !== undefined) given["Content-Type"] = "application/json";
  if (raw) given["Content-Type"] = raw.type;
  return given;
}

function asQuery(query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== "");
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

async function refusal(response: Response): Promise<ApiError> {
  const told = await response.json().catch(() => ({}));
  return new ApiError({ code: "strange", ...told.error, status: response.status });
}
