import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/couriers",
    component: () => import("./Couriers.vue"),
    meta: { title: "couriers.title", roles: ["reviewer", "operator", "admin"] },
  },
];
