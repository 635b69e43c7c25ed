// What a scanned text is. The rule is the server's (server/domain/scanned.py), which has the last
// word; this copy chooses among several codes in a picture and serves where no server is reached.
// tests/scan_cases.json holds the cases that both must pass.

import { ApiError } from "@/api/errors";
import type { ReadScan, ScanView } from "@/api/types";
import { send } from "@/api/wire";

const LONGEST = 1024;
const KIOSK = /^[A-Za-z0-9._~-]{1,160}$/;
const LINK = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const SYMBOLOGY = /^(?:CODE|EAN|UPC|ITF|CODABAR|RSS)[A-Z0-9_-]*$/;
const WAYBILL = /^[A-Z0-9-]{8,30}$/;
const PAY_CODE = /^(?:1[0-5][0-9]{16}|(?:2[5-9]|30)[0-9]{14,22})$/;

/** What was seen; `other` is nothing for us: a link of others, a payment code, a text. */
export type Seen =
  | { kind: "kiosk"; code: string }
  | { kind: "waybill"; number: string }
  | { kind: "other"; is_link: boolean };

/** Tell by our own copy of the rule what a text is. */
export function readScan(text: string, baseUrl: string): Seen {
  const given = text.trim();
  if (!given || given.length > LONGEST) return { kind: "other", is_link: false };
  if (given.startsWith(`${baseUrl}/v/`)) {
    const code = given.slice(baseUrl.length + 3);
    return KIOSK.test(code) ? { kind: "kiosk", code } : { kind: "other", is_link: true };
  }
  const isLink = LINK.test(given);
  if (isLink || given.includes("://")) return { kind: "other", is_link: isLink };
  const comma = given.indexOf(",");
  const isBarCode = comma >= 0 && SYMBOLOGY.test(given.slice(0, comma).toUpperCase());
  const number = (isBarCode ? given.slice(comma + 1) : given).replace(/\s/g, "").toUpperCase();
  const isNumber = WAYBILL.test(number) && (isBarCode || !PAY_CODE.test(number));
  return isNumber ? { kind: "waybill", number } : { kind: "other", is_link: false };
}

/**
 * Ask the server what a text is; without a connection our copy of its rule says it. What cannot be
 * ours (a payment code, another site's link) is sent nowhere.
 */
export async function askWhat(text: string): Promise<Seen> {
  const ours = readScan(text, location.origin);
  if (ours.kind === "other" && !text.includes("/v/")) return ours;
  try {
    const body: ReadScan = { text };
    return asSeen(await send<ScanView>("POST", "/v1/scans", { body }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return ours;
  }
}

function asSeen({ kind, code, number, is_link }: ScanView): Seen {
  if (kind === "kiosk" && code) return { kind, code };
  if (kind === "waybill" && number) return { kind, number };
  return { kind: "other", is_link };
}

/** What a page scans for. */
export type Wanted = "kiosk" | "waybill";

/** Of several texts in one picture, the likeliest to be wanted; null of none. A label has many codes. */
export function likeliest(texts: readonly string[], wanted: readonly Wanted[], baseUrl: string): string | null {
  const rank = (text: string): number => {
    const seen = readScan(text, baseUrl);
    if (seen.kind === "other") return wanted.length + 1;
    const at = wanted.indexOf(seen.kind);
    return at < 0 ? wanted.length : at;
  };
  // Bar codes before QRs of the same rank: a label's QR may hold something else than its number.
  const barFirst = (text: string): number => (SYMBOLOGY.test(text.split(",", 1)[0]!.toUpperCase()) ? 0 : 1);
  const sorted = [...texts].sort((one, other) => rank(one) - rank(other) || barFirst(one) - barFirst(other));
  return sorted[0] ?? null;
}
