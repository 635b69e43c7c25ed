// The desk's people and their roles.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/people", component: () => import("./People.vue"), meta: { title: "people.title", roles: ["reviewer", "admin"] } },
];
