// How a face starts: its texts, its routes, who is signed in, light or dark, its files kept.

import { type Component, createApp } from "vue";
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { ApiError } from "@/api/errors";
import { makeI18n, type Pairs } from "@/i18n";
import { followDevice } from "./appearance";
import { mendRoutes } from "./fetched";
import { keepPages } from "./kept_pages";
import { SIGNED_IN, signIn } from "./signed_in";

export interface Face {
  /** Whose account this face uses: see api/session.ts. */
  name: string;
  app: Component;
  /** Where the face's own paths begin: "/customer/". Its routes are below. */
  base: string;
  routes: readonly RouteRecordRaw[];
  texts: readonly Pairs[];
}

/** Start a face in the page's #app. */
export function startFace({ name, app, base, routes, texts }: Face): void {
  followDevice();
  const signedIn = signIn(name);
  const router = createRouter({ history: createWebHistory(base), routes: [...routes] });
  mendRoutes(router, () => (signedIn.problem.value = new ApiError({ code: "offline" })));
  createApp(app)
    .use(makeI18n(texts))
    .use(router)
    .provide(SIGNED_IN, signedIn)
    .mount("#app");
  keepPages();
}
