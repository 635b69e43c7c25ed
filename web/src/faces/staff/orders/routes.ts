// The desk's pages of orders: the list, one order with its story, replays, and what hangs.

import type { RouteRecordRaw } from "vue-router";
import type { Role } from "@/desk/sections";

const ORDER_STAFF: Role[] = ["operator", "reviewer", "finance", "admin"];

export const routes: RouteRecordRaw[] = [
  { path: "/orders", component: () => import("./Orders.vue"), meta: { title: "orders.title", roles: ORDER_STAFF } },
  { path: "/stuck", component: () => import("./Stuck.vue"), meta: { title: "stuck.title", roles: ORDER_STAFF, count: "stuck" } },
  { path: "/orders/:order", component: () => import("./Order.vue"), props: true, meta: { each: true, title: "orders.one", roles: ORDER_STAFF } },
  { path: "/orders/:order/replay", component: () => import("./OrderReplay.vue"), props: true, meta: { each: true, title: "replay.order", roles: ORDER_STAFF } },
  { path: "/terminals/:terminal/replay", component: () => import("./TerminalReplay.vue"), props: true, meta: { each: true, title: "replay.terminal", roles: ["operator", "admin"] } },
];
