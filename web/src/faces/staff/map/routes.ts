// The desk's live map and its past.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/map",
    component: () => import("./StaffMap.vue"),
    meta: { title: "map.title", roles: ["operator", "reviewer", "admin"], full: true },
  },
];
