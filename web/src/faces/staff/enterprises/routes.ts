// The desk's pages of enterprises: found and added, and one of them with its page and its outlets.

import type { RouteRecordRaw } from "vue-router";
import type { Role } from "@/desk/sections";

const OPERATORS: Role[] = ["operator", "admin"];

export const routes: RouteRecordRaw[] = [
  { path: "/enterprises", component: () => import("./Enterprises.vue"), meta: { title: "enterprises.title", roles: OPERATORS } },
  { path: "/enterprises/:enterprise", component: () => import("./Enterprise.vue"), props: true, meta: { each: true, title: "enterprises.one", roles: OPERATORS } },
];
