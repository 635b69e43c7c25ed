// What routes say of their pages, on every face. Each face reads what it has a use for.

import "vue-router";

declare module "vue-router" {
  interface RouteMeta {
    /** The page's title, a key of the texts ("orders.title"); needed on the desk. */
    title?: string;
    /** Where "back" leads, on a phone page below another. */
    up?: string;
    /** Staff who may see the page; without it, all staff. */
    roles?: readonly string[];
    /** Not in the desk's menu, as pages with a parameter in their path never are. */
    hidden?: boolean;
    /** The name under which the number beside the menu's line is told: see desk/counts.ts. */
    count?: string;
    /** Each address of the route is a page of its own: nothing of one's subject stays for another's. */
    each?: boolean;
    /** The page takes the desk's whole width and height (a map). */
    full?: boolean;
  }
}
