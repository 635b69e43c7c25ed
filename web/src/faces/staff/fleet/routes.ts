// The desk's terminals, worst first, and one terminal's doors, frames and replay.

import type { RouteRecordRaw } from "vue-router";
import type { Role } from "@/desk/sections";

const WHO: readonly Role[] = ["operator", "admin", "reviewer", "finance"];

export const routes: RouteRecordRaw[] = [
  { path: "/terminals", component: () => import("./Terminals.vue"), meta: { title: "fleet.title", roles: WHO } },
  { path: "/terminals/:terminal", component: () => import("./Terminal.vue"), props: true, meta: { each: true, title: "fleet.terminal", roles: WHO } },
  { path: "/alerts", component: () => import("./Alerts.vue"), meta: { title: "alerts.title", roles: ["operator", "admin"], count: "alerts" } },
];
