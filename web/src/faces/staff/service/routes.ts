// The desk's service line: the number that pages dial, and its hours.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/service", component: () => import("./Service.vue"), meta: { title: "service.title", roles: ["reviewer", "admin"] } },
];
