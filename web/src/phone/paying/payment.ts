// Keeping up with one payment code, and what may be done about it. Who has the code may pay.
//
// The server says how it stands (`waiting`, `paying`, `paid`, `expired`, `gone`); this looks again
// with growing pauses, and at once when the page comes back into view.

import { onScopeDispose, ref, shallowRef } from "vue";
import { ApiError } from "@/api/errors";
import { inTab } from "@/api/keeping";
import type { AskPayPage, PagePayment, PayPageView } from "@/api/types";
import { send } from "@/api/wire";
import { leaveForWeChat, WeChatReturn } from "@/kit/wechat";
import { NoBridge, payBySheet } from "./bridge";
import { ALIPAY, JSAPI, NATIVE, placeOf, type Way } from "./ways";

const PAUSES_MS = [1500, 2000, 3000, 4000, 6000, 10_000]; // the last goes on
export const BACK = "lanjian.pay.back"; // which of our pages this tab came from
const ASKED = "lanjian.pay.asked"; // the code for which this tab was sent to WeChat or Alipay

const GONE: PayPageView = { state: "gone", ways: [], amount_fen: null, size: null, terminal_name: null, expires_at: null, payment: null };

const runs = (view: PayPageView): boolean => view.state === "waiting" || view.state === "paying";

/** A newer view with what only the older one was told: what was signed for this payer is told once. */
export function joined(view: PayPageView, before: PayPageView | null): PayPageView {
  const [fresh, known] = [view.payment, before?.payment];
  const same = fresh?.way === JSAPI && known?.jsapi && fresh.expires_at === known.expires_at;
  return same && !fresh.jsapi ? { ...view, payment: { ...fresh, jsapi: known.jsapi } } : view;
}

/** `alone`: the panel is the whole page, and may leave it. `paid` hears of it once. */
export function usePayment(code: string, { alone, paid }: { alone: boolean; paid: () => void }) {
  const place = placeOf(navigator.userAgent);
  const back = new WeChatReturn();
  const view = shallowRef<PayPageView | null>(null);
  const unread = shallowRef<ApiError | null>(null); // nothing could be read yet
  const confirming = ref(false); // WeChat said that it is paid; the wallet's word is on its way
  const sheetFailed = ref<"" | "sheet" | "no_bridge">("");
  const path = (step = ""): string => `/v1/pay/${encodeURIComponent(code)}${step}`;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = 0;
  let over = false;
  let [asked, shown] = [0, 0]; // an older answer does not stand in a newer one's place

  async function start(): Promise<void> {
    unread.value = null;
    try {
      await told(send<PayPageView>("GET", path()));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) show(GONE);
      else unread.value = error;
    }
  }

  async function told(answer: Promise<PayPageView>): Promise<void> {
    const mine = ++asked;
    const now = await answer;
    if (mine < shown) return;
    shown = mine;
    show(now);
  }

  function show(told: PayPageView): void {
    if (over) return;
    const before = view.value;
    view.value = joined(told, before);
    if (told.state === "paid") {
      confirming.value = false;
      if (before?.state !== "paid") paid();
    }
    plan();
  }

  /** Look soon: something may have happened. */
  function soon(): void {
    pause = 0;
    plan();
  }

  function plan(): void {
    clearTimeout(timer);
    if (over || !view.value || !runs(view.value)) return;
    timer = setTimeout(() => void look(), PAUSES_MS[Math.min(pause++, PAUSES_MS.length - 1)]);
  }

  async function look(step = ""): Promise<void> {
    if (over) return;
    try {
      await told(send<PayPageView>(step ? "POST" : "GET", path(step)));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) show(GONE);
      else plan(); // what is shown still holds; it looks again
    }
  }

  /** Ask the wallet too: the payer has just come back from it. */
  async function lookAtWallet(): Promise<void> {
    pause = 0;
    if (view.value) await look(view.value.state === "paying" ? "/look" : "");
    else await start();
  }

  async function ask(way: Way, handle: string | null = null): Promise<PagePayment | null> {
    const body: AskPayPage = { way, ...(handle ? { handle } : {}) };
    await told(send<PayPageView>("POST", path(), { body }));
    soon();
    return view.value?.payment ?? null;
  }

  /** Pay in one of the ways; throws ApiError. */
  async function pay(way: Way): Promise<void> {
    sheetFailed.value = "";
    if (way === JSAPI) return payInWeChat();
    const payment = await ask(way);
    if (way === ALIPAY && place === "alipay" && payment?.url) location.assign(payment.url);
  }

  async function payInWeChat(): Promise<void> {
    if (!alone) {
      // The page itself has WeChat's leave to pay, and comes back here.
      inTab.setItem(BACK, location.pathname + location.hash);
      return location.assign(`/pay/${encodeURIComponent(code)}`);
    }
    const handle = back.toLogIn;
    if (!handle || handle === "failed") return leaveForWeChat();
    let payment: PagePayment | null;
    try {
      payment = await ask(JSAPI, handle);
    } catch (error) {
      // It was too long ago that WeChat said who this is.
      if (error instanceof ApiError && error.code === "wechat_over") return leaveForWeChat();
      throw error;
    }
    if (payment?.jsapi) await bySheet(payment.jsapi);
  }

  async function bySheet(parameters: Readonly<Record<string, string>>): Promise<void> {
    try {
      const ended = await payBySheet(parameters);
      if (ended === "cancel") return;
      if (ended === "ok") confirming.value = true;
      else sheetFailed.value = "sheet";
    } catch (error) {
      if (!(error instanceof NoBridge)) throw error;
      sheetFailed.value = "no_bridge";
      return;
    }
    await lookAtWallet();
  }

  /** Begin by itself where there is only one way: in WeChat, and in Alipay; once a tab and code. */
  async function begin(): Promise<void> {
    if (!alone || !view.value || !runs(view.value)) return;
    const { ways, state } = view.value;
    if (place === "wechat" && ways.includes(JSAPI)) {
      const handle = back.toLogIn;
      if (handle && handle !== "failed") await payInWeChat();
      else if (handle === null && first()) await leaveForWeChat();
    } else if (place === "wechat" && state === "waiting") {
      await ask(NATIVE);
    } else if (place === "alipay" && ways.includes(ALIPAY) && first()) {
      await pay(ALIPAY);
    }
  }

  function first(): boolean {
    const known = inTab.getItem(ASKED) === code;
    inTab.setItem(ASKED, code);
    return !known;
  }

  const seenAgain = (): void => {
    if (!document.hidden) void lookAtWallet();
  };
  // Back from the wallet the browser may show the page as it was left.
  const restored = (event: PageTransitionEvent): void => {
    if (event.persisted) void lookAtWallet();
  };
  document.addEventListener("visibilitychange", seenAgain);
  addEventListener("pageshow", restored);
  onScopeDispose(() => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seenAgain);
    removeEventListener("pageshow", restored);
  });
  return { place, view, unread, confirming, sheetFailed, start, begin, soon, pay };
}
