// The personal centre's paths; links of older messages (/me#bookings) still lead there.

import type { RouteRecordRaw } from "vue-router";
import { olderPath } from "@/bookings/older_links";
import Details from "./Details.vue";

const PANELS = ["vehicles", "bookings", "data"];

export const routes: RouteRecordRaw[] = [
  { path: "/", name: "details", component: Details, beforeEnter: (to) => olderPath(to.hash, PANELS) },
  { path: "/vehicles", name: "vehicles", component: () => import("./Vehicles.vue") },
  { path: "/bookings", name: "bookings", component: () => import("./Bookings.vue") },
  { path: "/wechat", name: "wechat", component: () => import("./MyWeChat.vue") },
  { path: "/data", name: "data", component: () => import("./MyData.vue") },
  { path: "/:rest(.*)*", redirect: "/" },
];
