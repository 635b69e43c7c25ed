import { expect, test, vi } from "vitest";
import { fromHash } from "./routes";

vi.mock("./OrdersPage.vue", () => ({ default: {} }));

test.each([
  ["#orders", "/"],
  ["#send", "/send"],
  ["#terminals", "/terminals"],
  ["#account", "/account"],
  ["#order/LJ26112200000001", "/orders/LJ26112200000001"],
  ["#order/../staff", "/"],
  ["#order", "/"],
  ["", null],
  ["#other", null],
])("%s leads to %s", (hash, path) => expect(fromHash(hash)).toBe(path));
