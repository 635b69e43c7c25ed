// Parts of a page that are fetched when they are first wanted, and what becomes of them where the
// network is gone just then, or a newer version of the pages has taken their files away.

import { type Component, defineAsyncComponent, h, onMounted, onUnmounted, ref } from "vue";
import { useI18n } from "vue-i18n";
import type { Router } from "vue-router";
import { inTab } from "@/api/keeping";

const LONGEST_MS = 15_000;
const RELOADED = "lanjian.reloaded"; // when this tab was last loaded anew by itself
const ONCE_MS = 10 * 60_000; // longer than a deploy's servers are of two versions

const LOST = /dynamically imported module|importing a module|preload css/i; // as browsers say it

/** How long to wait before a part is fetched again. */
export const pause = (attempts: number): number => Math.min(LONGEST_MS, 500 * 2 ** Math.min(attempts, 10));

/** Whether a failure is of fetching a part, not of the part itself. */
export const isLost = (error: unknown): boolean => error instanceof Error && LOST.test(error.message);

/**
 * A component that is fetched when it is first drawn, again and again while there is no network. Where
 * the server answers and the part does not come, the page is loaded anew: by itself, or by its person.
 */
export function fetched<Part extends Component>(load: () => Promise<Part | { default: Part }>): Part {
  const lost = ref(false);
  let drawn = 0;
  return defineAsyncComponent<Component>({
    loader: load as () => Promise<Component>,
    loadingComponent: {
      setup() {
        const { t } = useI18n({ useScope: "global" });
        onMounted(() => (drawn += 1));
        onUnmounted(() => (drawn -= 1));
        return () => (lost.value ? toReload(t) : h("p", { role: "status", "aria-busy": "true" }, "…"));
      },
    },
    onError(error, retry, fail, attempts) {
      if (!isLost(error)) return fail();
      const again = async (): Promise<void> => {
        clearTimeout(timer);
        removeEventListener("online", again);
        // A browser may answer from its memory that a file did not come, however often it is asked.
        // Nothing is loaded anew under somebody who has gone on without the part.
        if (attempts < 2 || !drawn || (await reloadOnce(location.href)) === "unreached") return retry();
        lost.value = true; // also where somebody rather stays, asked whether to leave
      };
      const timer = setTimeout(again, pause(attempts));
      addEventListener("online", again);
    },
  }) as unknown as Part;
}

const toReload = (t: (text: string) => string) =>
  h("p", { role: "alert", class: "field-error" }, [
    t("part.lost"),
    " ",
    h("button", { type: "button", class: "bare", onClick: () => location.reload() }, t("act.reload")),
  ]);

/** When a page of a face cannot be fetched: `offline` says so; a newer version is loaded, once. */
export function mendRoutes(router: Router, offline: () => void): void {
  router.onError(async (error, to) => {
    if (isLost(error) && (await reloadOnce(router.resolve(to).href)) !== "reloads") offline();
  });
}

/**
 * Load an address anew if the server can be reached; `spent` where this was done lately. The mark must
 * outlive the load: without one, a file that is gone for good would have the page loaded for ever.
 */
async function reloadOnce(href: string): Promise<"unreached" | "spent" | "reloads"> {
  const reached = await fetch(href, { method: "HEAD", cache: "no-store" }).then(({ ok }) => ok, () => false);
  if (!reached) return "unreached";
  const since = Date.now() - Number(inTab.getItem(RELOADED));
  if (Math.abs(since) < ONCE_MS) return "spent"; // a clock may have been put back
  inTab.setItem(RELOADED, String(Date.now()));
  if (!inTab.lasts(RELOADED)) return "spent";
  const { href: there } = new URL(href, location.href);
  // To the page that is open already, an address with a hash would only scroll.
  if (withoutHash(there) === withoutHash(location.href)) location.reload();
  else location.assign(href);
  return "reloads";
}

const withoutHash = (address: string): string => address.split("#", 1)[0] ?? "";
