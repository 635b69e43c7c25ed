// One HTTP request to the API and its typed refusal.

import { readClock } from "/static/clock.js";
import { ruleText } from "/static/words.js";

const TIMEOUT_MS = 20_000;
const DATE_PRECISION_MS = 500; // the Date header has whole seconds

const OWN = {
  offline: "网络不通，内容已保留，请重试 / No connection; nothing was lost, please try again.",
  timeout: "服务器没有及时回应，请重试 / The server did not answer in time; please try again.",
  not_authenticated: "请先登录 / Please log in.",
  strange: "服务器的回答无法读懂 / The server's answer could not be read.",
};

/** A refusal: `code` is stable, `message` is for people, `field` and `rule` say what to mend. */
export class ApiError extends Error {
  constructor({ status = 0, code, message, field = null, rule = null, details = {} }) {
    // Where something is in the wrong state, the rule says more than the general message.
    super((status === 409 && ruleText(rule)) || message || OWN[code] || code);
    this.status = status;
    this.code = code;
    this.field = field;
    this.rule = rule;
    this.details = details ?? {};
  }

  /** What to show beside the field. */
  get hint() {
    return ruleText(this.rule) ?? this.message;
  }
}

/** A key under which a request that makes something may be repeated. */
export function drawKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send one request. `body` goes as JSON, `raw` as it is; answers JSON, or a Blob if wanted. */
export async function send(method, path, { body, raw, query, token, key, wanted = "json" } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (raw) headers["Content-Type"] = raw.type;
  const sent = Date.now();
  let response;
  try {
    response = await fetch(path + asQuery(query), {
      method,
      headers,
      body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: "no-store",
    });
  } catch (error) {
    throw new ApiError({ code: error.name === "TimeoutError" ? "timeout" : "offline" });
  }
  const date = Date.parse(response.headers.get("Date"));
  if (date) readClock(date + DATE_PRECISION_MS, sent, Date.now(), DATE_PRECISION_MS);
  if (!response.ok) throw await refusal(response);
  if (wanted === "blob") return response.blob();
  try {
    return await response.json();
  } catch {
    throw new ApiError({ status: response.status, code: "strange" });
  }
}

function asQuery(query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

async function refusal(response) {
  const told = await response.json().catch(() => ({}));
  return new ApiError({ status: response.status, code: "strange", ...told.error });
}
