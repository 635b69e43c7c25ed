// The desk's audit log: who did what, when and why.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/audit", component: () => import("./Audit.vue"), meta: { title: "audit.title", roles: ["admin"] } },
];
