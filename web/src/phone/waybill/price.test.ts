import { expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { priceNow } from "./price";

const shown = { size: "M", zone: "other", price_fen: 2000, price_version: 1 };
const refusal = (details: Record<string, unknown>, code = "price_changed") => new ApiError({ code, status: 409, details });

it("takes the price now out of the refusal that tells it", () => {
  const now = priceNow(refusal({ price_fen: 2100, price_version: 2, zone: "other" }), shown);
  expect(now).toEqual({ size: "M", zone: "other", price_fen: 2100, price_version: 2 });
});

it("leaves the price alone where a refusal is about something else, or tells none", () => {
  expect(priceNow(refusal({ price_fen: 2100, price_version: 2 }, "conflict"), shown)).toBeNull();
  expect(priceNow(refusal({}), shown)).toBeNull();
  expect(priceNow(refusal({ price_fen: "2100", price_version: 2 }), shown)).toBeNull();
  expect(priceNow(refusal({ price_fen: 2100, price_version: 2 }), null)).toBeNull();
  expect(priceNow(new Error("x"), shown)).toBeNull();
});
