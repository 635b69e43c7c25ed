// The desk's page of complaints: threads, and one of them open beside the list.

import type { RouteRecordRaw } from "vue-router";
import type { Role } from "@/desk/sections";

const READERS: Role[] = ["operator", "reviewer", "admin"];

export const routes: RouteRecordRaw[] = [
  { path: "/complaints", component: () => import("./Complaints.vue"), meta: { title: "complaints.title", roles: READERS, count: "complaints" } },
  { path: "/complaints/:order", component: () => import("./Complaints.vue"), meta: { title: "complaints.title", roles: READERS } },
];
