// The desk's money: refunds, payouts, statements and their differences.

import type { RouteRecordRaw } from "vue-router";
import type { Role } from "@/desk/sections";

const FINANCE: readonly Role[] = ["finance", "admin"];

export const routes: RouteRecordRaw[] = [
  { path: "/refunds", component: () => import("./Refunds.vue"), meta: { title: "refunds.title", roles: [...FINANCE, "reviewer"], count: "refunds" } },
  { path: "/payouts", component: () => import("./Payouts.vue"), meta: { title: "payouts.title", roles: FINANCE, count: "payouts" } },
  { path: "/finance", component: () => import("./Finance.vue"), meta: { title: "finance.title", roles: FINANCE, count: "differences" } },
];
