import { expect, test } from "vitest";
import type { PayPageView } from "@/api/types";
import { joined } from "./payment";

const view = (jsapi: Record<string, string> | null, expires_at = "2026-11-22T06:00:00Z"): PayPageView => ({
  state: "paying", ways: [], amount_fen: 2000, size: "M", terminal_name: null, expires_at: null,
  payment: { way: "wechat_jsapi", expires_at, url: null, qr: null, jsapi },
});

test("what was signed for this payer stays while the same payment runs", () => {
  expect(joined(view(null), view({ package: "one" })).payment?.jsapi).toEqual({ package: "one" });
});

test("another payment is not paid by what was signed for the one before", () => {
  expect(joined(view(null, "2026-11-22T07:00:00Z"), view({ package: "one" })).payment?.jsapi).toBeNull();
  expect(joined(view({ package: "two" }), view({ package: "one" })).payment?.jsapi).toEqual({ package: "two" });
  expect(joined(view(null), null).payment?.jsapi).toBeNull();
});
