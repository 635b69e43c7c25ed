// The desk's pages of outlets: those that are one's own, and one of them with its calendar.

import type { RouteRecordRaw } from "vue-router";
import type { Role } from "@/desk/sections";

const KEEPERS: Role[] = ["operator", "outlet_staff", "admin"];

export const routes: RouteRecordRaw[] = [
  { path: "/outlets", component: () => import("./Outlets.vue"), meta: { title: "outlets.title", roles: KEEPERS } },
  { path: "/outlets/:outlet", component: () => import("./Outlet.vue"), props: true, meta: { each: true, title: "outlets.one", roles: KEEPERS } },
];
