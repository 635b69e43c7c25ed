// The courier's pages, and where older links (notices carry them) lead to.

import type { RouteRecordRaw } from "vue-router";
import OffersPage from "./OffersPage.vue";

const OLD: Readonly<Record<string, (rest: string) => string>> = {
  offers: (order) => (order ? `/offers/${order}` : "/offers"),
  work: () => "/jobs",
  earnings: () => "/earnings",
  certification: (order) => (order ? `/certification/${order}` : "/certification"),
};

/** Where "#certification/LJ…" and its like lead now; null for any other hash. */
export function fromHash(hash: string): string | null {
  const [name = "", ...rest] = decodeURIComponent(hash.replace(/^#/, "")).split("/");
  return OLD[name]?.(rest.join("/").replace(/[^0-9A-Za-z]/g, "")) ?? null;
}

export const routes: RouteRecordRaw[] = [
  { path: "/", redirect: (to) => ({ path: fromHash(to.hash) ?? "/offers", query: to.query, hash: "" }) },
  { path: "/offers/:order?", component: OffersPage },
  { path: "/jobs", component: () => import("./JobsPage.vue") },
  { path: "/earnings", component: () => import("./EarningsPage.vue") },
  { path: "/me", component: () => import("./MePage.vue") },
  { path: "/certification/:order?", component: () => import("./CertificationPage.vue") },
  { path: "/why", component: () => import("./WhyPage.vue") },
  { path: "/:rest(.*)*", redirect: "/offers" },
];
