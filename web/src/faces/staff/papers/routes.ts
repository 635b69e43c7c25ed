// The desk's queue of bookings' papers, for who decides on them.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/papers",
    component: () => import("./Papers.vue"),
    meta: { title: "papers.title", roles: ["reviewer", "outlet_staff", "admin"], count: "papers" },
  },
];
