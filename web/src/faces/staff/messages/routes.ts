// The desk's notices: who heard of what, and why not.

import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  {
    path: "/messages",
    component: () => import("./Messages.vue"),
    meta: { title: "messages.title", roles: ["operator", "reviewer", "finance", "admin"] },
  },
];
