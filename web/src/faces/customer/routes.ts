// The customer's pages, and where older links (notices, WeChat's menu) lead to.

import type { RouteLocationNormalized, RouteLocationRaw, RouteRecordRaw } from "vue-router";
import OrdersPage from "./OrdersPage.vue";

/** Where "#send" and its like lead now; null for any other hash. */
export function fromHash(hash: string): string | null {
  const [name = "", rest = ""] = hash.replace(/^#/, "").split("/");
  const order = rest.replace(/[^0-9A-Za-z]/g, "");
  if (name === "order") return order ? `/orders/${order}` : "/";
  return { orders: "/", send: "/send", terminals: "/terminals", account: "/account" }[name] ?? null;
}

const old = (to: RouteLocationNormalized): RouteLocationRaw | true => {
  const path = fromHash(to.hash);
  return path ? { path, query: to.query, hash: "", replace: true } : true;
};

export const routes: RouteRecordRaw[] = [
  { path: "/", component: OrdersPage, beforeEnter: old, meta: { title: "orders.title" } },
  { path: "/send", component: () => import("./SendPage.vue"), meta: { title: "waybill.title" } },
  { path: "/terminals", component: () => import("./TerminalsPage.vue"), meta: { title: "near.title" } },
  { path: "/account", component: () => import("./AccountPage.vue"), meta: { title: "mine.title" } },
  { path: "/addresses", component: () => import("./AddressesPage.vue"), meta: { title: "book.title", up: "/account" } },
  { path: "/orders/:order", component: () => import("./OrderPage.vue"), meta: { title: "order.title", up: "/" } },
  { path: "/help", component: () => import("./HelpPage.vue"), meta: { title: "help.title", up: "/account" } },
  { path: "/:rest(.*)*", redirect: "/" },
];
