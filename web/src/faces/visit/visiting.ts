// The visit of this page: begun by the kiosk's code, joined to who is signed in, followed live.
//
// The code is worth one visit per account, so the visit's id is kept for this tab. /v/{code} is what
// a kiosk's QR says; /visit/{id} is what WeChat's log-in and chat lead back to.

import { computed, onScopeDispose, type Ref, ref, type ShallowRef, shallowRef, watch } from "vue";
import { ApiError } from "@/api/errors";
import { inTab } from "@/api/keeping";
import type { PushEvent, VisitView } from "@/api/types";
import { type Method, send } from "@/api/wire";
import { useChannel, useSignedIn } from "@/kit/signed_in";
import { inWeChat } from "@/kit/wechat";
import { isNews, isOlder, withRecipients } from "./visit_state";

const LOOK_EVERY_MS = 4000; // while the socket is down; live otherwise

export interface Visiting {
  visit: ShallowRef<VisitView | null>;
  /** Whether the log-in stands in place of the visit. */
  asksWho: Ref<boolean>;
  /** Why there is no visit. */
  failure: ShallowRef<ApiError | null>;
  begin(): Promise<void>;
  /** Look at the visit anew. */
  look(): Promise<void>;
  /** Do one step of the visit at the server, and show what it answers. */
  act(step: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** Start over as somebody else; the same code is good once for each account. */
  switchAccount(): void;
}

/** Where this page is: a kiosk's code or a visit's id. */
export function readAddress(path: string): { code: string | null; visitId: string | null } {
  const last = decodeURIComponent(path.split("/").pop() ?? "");
  return path.startsWith("/visit/") ? { code: null, visitId: last } : { code: last, visitId: null };
}

export function useVisit(noticed: (zh: string, en: string) => void): Visiting {
  const { session, link } = useSignedIn();
  const { code, visitId } = readAddress(location.pathname);
  const keptAs = `lanjian.visit.${code ?? visitId}`;
  const visit = shallowRef<VisitView | null>(null);
  const asksWho = ref(false);
  const failure = shallowRef<ApiError | null>(null);
  let joinedAs: string | null = null; // whose the shown visit is
  let beginnings = 0; // a newer beginning makes an older one's answer stale

  const knownId = (): string | null => visitId ?? inTab.getItem(keptAs);

  /** As the signed-in person if there is one, else as whoever holds the visit. */
  const ask = (method: Method, path: string, body?: unknown): Promise<VisitView> =>
    session.personId ? session.ask<VisitView>(method, path, { body }) : send<VisitView>(method, path, { body });

  function show(next: VisitView): void {
    if (isOlder(next, visit.value)) return;
    visit.value = next;
    failure.value = null;
    inTab.setItem(keptAs, next.visit_id);
    // In WeChat this page is left for the log-in, and its tab may not be the one that comes back.
    if (code && inWeChat()) history.replaceState(history.state, "", `/visit/${next.visit_id}`);
  }

  async function begin(): Promise<void> {
    const mine = ++beginnings;
    failure.value = null;
    try {
      const known = knownId();
      const told = await (known ? lookAt(known) : ask("POST", "/v1/visits", { code }));
      if (mine !== beginnings) return;
      show(told);
      await settle();
    } catch (error) {
      if (mine === beginnings) failed(error);
    }
  }

  async function lookAt(id: string): Promise<VisitView> {
    try {
      return await ask("GET", `/v1/visits/${id}`);
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 403)) throw error;
      return send<VisitView>("GET", `/v1/visits/${id}`); // not joined yet: it belongs to its holder
    }
  }

  async function look(): Promise<void> {
    const shown = visit.value;
    if (!shown) return;
    const told = await lookAt(shown.visit_id);
    if (visit.value?.visit_id === told.visit_id) show(told);
  }

  const quietly = (): void => {
    look().catch(() => {}); // the page still shows the last state, and looks again
  };

  /** Join the account to the visit; or ask to log in first. */
  async function settle(): Promise<void> {
    if (!session.personId) {
      asksWho.value = true;
      return;
    }
    const mine = session.personId;
    if (visit.value?.next === "log_in") {
      show(await session.ask<VisitView>("POST", `/v1/visits/${visit.value.visit_id}/join`, { body: {} }));
    }
    joinedAs = mine;
    asksWho.value = false;
  }

  function failed(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "visit_over") inTab.removeItem(keptAs);
    visit.value = null;
    asksWho.value = false;
    failure.value = error;
  }

  async function act(step: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    show(await session.ask<VisitView>("POST", `/v1/visits/${visit.value!.visit_id}/${step}`, { body }));
  }

  function startOver(): void {
    inTab.removeItem(keptAs);
    beginnings += 1;
    visit.value = null;
    joinedAs = null;
  }

  function switchAccount(): void {
    startOver();
    asksWho.value = true;
  }

  const turn = (): void => {
    const other = session.personId && joinedAs && session.personId !== joinedAs;
    if (other) startOver();
    if (visit.value) settle().catch(failed);
    else void begin();
  };
  session.addEventListener("changed", turn);
  onScopeDispose(() => session.removeEventListener("changed", turn));

  useChannel("me", {
    snapshot: ({ visit: told }) => {
      if (told && told.visit_id === visit.value?.visit_id) show(told);
      else quietly();
    },
    event: heard,
  });

  function heard(event: PushEvent): void {
    if (event.type === "visit_changed" && event.visit.visit_id === visit.value?.visit_id) show(withRecipients(event.visit, visit.value));
    if (event.type === "order_changed" && isNews(event.order, visit.value)) quietly();
    if (event.type === "notice") noticed(event.zh, event.en);
  }

  const timer = setInterval(() => {
    if (session.personId && link.value !== "live" && !document.hidden) quietly();
  }, LOOK_EVERY_MS);
  onScopeDispose(() => clearInterval(timer));
  // Without a network nothing could begin: it does as soon as there is one.
  const isOffline = computed(() => failure.value !== null && ["offline", "timeout"].includes(failure.value.code));
  watch(link, (now) => {
    if (now === "live" && isOffline.value) void begin();
  });

  const here = session.accounts();
  if (here.length > 1 && !knownId()) asksWho.value = true;
  else if (here.length === 1 && !session.personId) session.use(here[0]!.person_id); // which begins
  else void begin();
  return { visit, asksWho, failure, begin, look, act, switchAccount };
}
