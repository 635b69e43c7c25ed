// The desk's pages: those of each section, found in its folder, in the order of the menu.

import type { RouteRecordRaw } from "vue-router";
import { inOrder } from "@/desk/sections";

const ORDER = [
  "summary", "map", "orders", "reviews", "certifications", "papers", "day", "complaints", "couriers", "fleet", "money",
  "prices", "messages", "service", "enterprises", "outlets", "people", "audit",
];

const found = import.meta.glob<RouteRecordRaw[]>("./*/routes.ts", { eager: true, import: "routes" });
const byFolder = Object.fromEntries(Object.entries(found).map(([path, routes]) => [path.split("/")[1] ?? path, routes]));

export const routes: RouteRecordRaw[] = [
  ...inOrder(byFolder, ORDER),
  { path: "/:rest(.*)*", component: () => import("./NoPage.vue"), meta: { title: "desk.title", hidden: true } },
];
