// The desk's page of an outlet's day, for who stands at its counter.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/day",
    component: () => import("./Day.vue"),
    meta: { title: "day.title", roles: ["outlet_staff", "operator", "admin"] },
  },
];
