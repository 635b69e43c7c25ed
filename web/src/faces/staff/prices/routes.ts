// The desk's price lists: the one in force, and those before and after.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/prices", component: () => import("./Prices.vue"), meta: { title: "prices.title", roles: ["operator", "reviewer", "finance", "admin"] } },
];
