// The desk's queue of finished waybills.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/reviews",
    component: () => import("./Reviews.vue"),
    meta: { title: "reviews.title", roles: ["reviewer", "admin"], count: "reviews" },
  },
];
