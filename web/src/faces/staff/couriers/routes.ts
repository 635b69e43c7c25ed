// The desk's couriers: who they are, what they have in hand.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/couriers",
    component: () => import("./Couriers.vue"),
    meta: { title: "couriers.title", roles: ["reviewer", "operator", "admin"] },
  },
];
