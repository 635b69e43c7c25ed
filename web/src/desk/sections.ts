// What a section of the staff's desk says of its pages, and which of them a person may see.
//
// A section is a folder of faces/staff with `routes.ts` (`export const routes: RouteRecordRaw[]`,
// each component lazy) and `words.ts` (a table of its own); both are found by their names.

import type { RouteRecordRaw } from "vue-router";

/** Roles of staff. */
export type Role = "operator" | "reviewer" | "finance" | "outlet_staff" | "admin";

export const STAFF: readonly Role[] = ["operator", "reviewer", "finance", "outlet_staff", "admin"];

export const hasAny = (mine: readonly string[], wanted: readonly string[]): boolean =>
  wanted.some((role) => mine.includes(role));

export const isStaff = (roles: readonly string[]): boolean => hasAny(roles, STAFF);

/** Whether somebody with these roles may see a page. */
export const maySee = (mine: readonly string[], wanted: readonly string[] | undefined): boolean =>
  isStaff(mine) && (wanted === undefined || hasAny(mine, wanted));

/** One line of the menu. */
export interface Line {
  path: string;
  title: string;
  count: string | undefined;
}

/** The menu's lines for somebody, out of routes that stand in the order of the menu. */
export function menuFor(mine: readonly string[], routes: readonly RouteRecordRaw[]): Line[] {
  return routes
    .filter(({ meta, path }) => meta && !meta.hidden && !path.includes(":") && maySee(mine, meta.roles))
    .map(({ path, meta }) => ({ path, title: meta?.title ?? path, count: meta?.count }));
}

/** Routes of sections, by the folder they are from, in the given order; unknown folders last. */
export function inOrder(found: Record<string, readonly RouteRecordRaw[]>, order: readonly string[]): RouteRecordRaw[] {
  const place = (folder: string) => (order.includes(folder) ? order.indexOf(folder) : order.length);
  return Object.keys(found)
    .sort((one, other) => place(one) - place(other) || one.localeCompare(other))
    .flatMap((folder) => found[folder] ?? []);
}
