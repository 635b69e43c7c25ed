// The desk's first page: what waits for whom.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/", component: () => import("./Summary.vue"), meta: { title: "summary.title" } },
];
