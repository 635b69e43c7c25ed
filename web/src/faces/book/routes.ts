// The booking pages' paths; links of older messages and pages (/book#slots/N1) still lead there.

import type { RouteRecordRaw } from "vue-router";
import { olderPath } from "@/bookings/older_links";
import Outlets from "./Outlets.vue";

const PANELS = ["slots", "form", "booked"];

export const routes: RouteRecordRaw[] = [
  { path: "/", name: "find", component: Outlets, beforeEnter: (to) => olderPath(to.hash, PANELS) },
  { path: "/slots/:outlet", name: "slots", component: () => import("./Slots.vue"), props: true },
  { path: "/form/:booking", name: "form", component: () => import("./BookingForm.vue"), props: true },
  { path: "/booked/:booking", name: "booked", component: () => import("./Booked.vue"), props: true },
  { path: "/:rest(.*)*", redirect: "/" },
];
