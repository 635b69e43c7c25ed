// The desk's queue of couriers' certifications.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/certifications",
    component: () => import("./Certifications.vue"),
    meta: { title: "certifications.title", roles: ["reviewer", "admin"], count: "certifications" },
  },
];
