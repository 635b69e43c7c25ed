// Paying an order, wherever this is open: in WeChat by its own sheet, in Alipay by a link,
// elsewhere by a QR or a link. Who has the code may pay; nobody logs in here.
//
// The server says how it stands (`waiting`, `paying`, `paid`, `expired`, `gone`); a panel looks
// again with growing pauses, at once when it comes back into view, and when it is told to.

import { both, button, make, say, yuan } from "/static/dom.js";
import { inWeChat, leave, logInHandle } from "/static/wechat.js";
import { SIZE, word } from "/static/words.js";
import { send } from "/static/wire.js";

const JSAPI = "wechat_jsapi";
const NATIVE = "wechat_native";
const ALIPAY = "alipay_precreate";

const PAUSES_MS = [1500, 2000, 3000, 4000, 6000, 10_000]; // the last goes on
const BRIDGE_MS = 6000; // how long WeChat may take to bring its bridge
const BACK = "lanjian.pay.back"; // which of our pages this tab came from
const ASKED = "lanjian.pay.asked"; // the code for which this tab was sent to WeChat or Alipay

const inAlipay = () => /AlipayClient/i.test(navigator.userAgent);

export class PayPanel {
  /** `alone`: it is the whole page, and may leave it; `renew` gives another code, when there is one. */
  constructor(code, { alone = false, renew = null, paid = () => {} } = {}) {
    this.code = code;
    this.alone = alone;
    this.renew = renew;
    this.paid = paid;
    this.view = null;
    this.pause = 0;
    this.timer = null;
    this.drawn = "";
    this.confirming = false; // WeChat said that it is paid; the wallet's word is on its way
    this.node = make("div", { className: "card pay" }, make("p", { className: "empty", role: "status" }, "读取中… / loading"));
    this.onVisible = () => document.hidden || this.lookAtWallet();
  }

  /** Show it, and keep up with it until it is over or the panel has left the page. */
  async start() {
    document.addEventListener("visibilitychange", this.onVisible);
    try {
      this.show(await send("GET", this.path()));
    } catch (error) {
      this.failed(error);
      return;
    }
    if (this.alone) await this.begin().catch((error) => say(error.message, "error"));
  }

  stop() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  path(step = "") {
    return `/v1/pay/${this.code}${step}`;
  }

  /** Look soon: something may have happened. */
  soon() {
    this.pause = 0;
    this.plan();
  }

  plan() {
    clearTimeout(this.timer);
    if (this.view && !["waiting", "paying"].includes(this.view.state)) return;
    const pause = PAUSES_MS[Math.min(this.pause, PAUSES_MS.length - 1)];
    this.pause += 1;
    this.timer = setTimeout(() => this.look(), pause);
  }

  async look(step = "") {
    if (this.view && !this.node.isConnected) {
      this.stop();
      return;
    }
    try {
      this.show(await send(step ? "POST" : "GET", this.path(step)));
    } catch (error) {
      if (error.status === 404) this.show({ state: "gone" });
      else this.plan(); // what is shown still holds; it looks again
    }
  }

  /** Ask the wallet too: the payer has just come back from it. */
  lookAtWallet() {
    this.pause = 0;
    return this.view?.state === "paying" ? this.look("/look") : this.look();
  }

  show(view) {
    const mine = this.view?.payment;
    // What was signed for this payer is told once; a later look only says that it still runs.
    if (mine?.jsapi && view.payment?.way === JSAPI && !view.payment.jsapi
      && view.payment.expires_at === mine.expires_at) view.payment.jsapi = mine.jsapi;
    const before = this.view?.state;
    this.view = view;
    if (view.state === "paid") this.confirming = false;
    this.draw();
    if (view.state === "paid" && before !== "paid") this.paid();
    this.plan();
  }

  failed(error) {
    if (error.status === 404) {
      this.show({ state: "gone" });
      return;
    }
    this.node.replaceChildren(make("p", { className: "problem" }, error.message),
      button(both("重试", "Try again"), () => this.start(), "go"));
  }

  // --- what is done

  /** Begin by itself where there is only one way: in WeChat, and in Alipay; once a tab and code. */
  async begin() {
    const { state } = this.view;
    if (!["waiting", "paying"].includes(state)) return;
    const handle = logInHandle();
    if (inWeChat() && this.offers(JSAPI)) {
      if (handle && handle !== "failed") await this.payInWeChat();
      else if (handle === null && this.first()) await this.leaveForWeChat();
    } else if (inWeChat() && state === "waiting") {
      await this.ask(NATIVE);
    } else if (inAlipay() && this.offers(ALIPAY) && this.first()) {
      await this.payInAlipay();
    }
  }

  first() {
    const known = sessionStorage.getItem(ASKED) === this.code;
    sessionStorage.setItem(ASKED, this.code);
    return !known;
  }

  offers(way) {
    return this.view.ways?.includes(way) ?? false;
  }

  async ask(way, handle = null) {
    this.show(await send("POST", this.path(), { body: { way, ...(handle ? { handle } : {}) } }));
    this.soon();
    return this.view.payment;
  }

  async leaveForWeChat() {
    await leave({ path: `/pay/${this.code}` });
  }

  async payInWeChat() {
    if (!this.alone) { // the page itself has WeChat's leave to pay, and comes back here
      sessionStorage.setItem(BACK, location.pathname + location.hash);
      location.assign(`/pay/${this.code}`);
      return;
    }
    const handle = logInHandle();
    if (!handle || handle === "failed") {
      await this.leaveForWeChat();
      return;
    }
    let payment;
    try {
      payment = await this.ask(JSAPI, handle);
    } catch (error) {
      if (error.code !== "wechat_over") throw error;
      await this.leaveForWeChat(); // it was too long ago that WeChat said who this is
      return;
    }
    if (payment?.jsapi) await this.callBridge(payment.jsapi);
  }

  async callBridge(parameters) {
    const bridge = await weChatBridge();
    const told = await new Promise((resolve) => {
      bridge.invoke("getBrandWCPayRequest", parameters, (answer) => resolve(answer?.err_msg ?? ""));
    });
    if (told.endsWith(":ok")) {
      this.confirming = true;
      this.drawn = "";
      await this.lookAtWallet();
    } else if (!told.endsWith(":cancel")) {
      say("微信没有完成支付，请重试或换一种方式 / WeChat did not pay; try again, or another way", "error");
      await this.look();
    }
  }

  async payInAlipay() {
    const payment = await this.ask(ALIPAY);
    if (payment?.url) location.assign(payment.url);
  }

  // --- what is shown

  draw() {
    const { view } = this;
    const shown = JSON.stringify([view.state, view.ways, view.amount_fen, view.payment?.way, view.payment?.url,
      Boolean(view.payment?.jsapi), this.confirming]);
    if (shown === this.drawn) return; // nothing is swapped under a finger
    this.drawn = shown;
    const parts = { waiting, paying, paid, expired, gone }[view.state]?.(this) ?? [];
    this.node.dataset.state = view.state;
    this.node.replaceChildren(...[head(view), parts].flat().filter(Boolean));
  }
}

/** WeChat's bridge, which it may bring a moment after the page. */
export function weChatBridge() {
  if (globalThis.WeixinJSBridge) return Promise.resolve(globalThis.WeixinJSBridge);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("请在微信中打开 / Please open this in WeChat")), BRIDGE_MS);
    document.addEventListener("WeixinJSBridgeReady", () => {
      clearTimeout(timer);
      resolve(globalThis.WeixinJSBridge);
    }, { once: true });
  });
}

function head(view) {
  if (view.amount_fen === null || view.amount_fen === undefined) return null;
  return [make("p", { className: "amount" }, yuan(view.amount_fen)),
    make("p", { className: "soft" }, "寄件费 ", make("small", {}, "postage"), " · ", word(SIZE, view.size),
      view.terminal_name ? ` · ${view.terminal_name}` : "")];
}

function waiting(panel) {
  return choices(panel, null);
}

function paying(panel) {
  const { payment } = panel.view;
  if (panel.confirming) {
    return make("p", { role: "status" }, ...both("正在确认支付…", "Making sure that it is paid…"));
  }
  if (payment.way === JSAPI) {
    return [payment.jsapi ? null
      : make("p", { className: "hint", role: "status" }, ...both("正在微信里支付，还没有完成", "being paid in WeChat, not finished yet")),
    ...choices(panel, null)];
  }
  return [payment.way === ALIPAY ? alipay(payment, panel.alone) : native(payment), ...choices(panel, payment.way)];
}

/** A picture for another phone, or for a long press in WeChat itself. */
function native(payment) {
  return make("div", {}, make("img", { className: "qr", src: payment.qr, alt: "微信支付二维码 WeChat Pay QR" }),
    make("p", { role: "status" }, ...(inWeChat()
      ? both("长按二维码支付，或用另一部手机扫码", "Press and hold the QR to pay, or scan it with another phone")
      : both("用微信扫一扫支付", "Scan it with WeChat to pay"))));
}

/** The page of a visit or an order stays open beside it. */
function alipay(payment, alone) {
  const target = alone ? "_self" : "_blank";
  return make("div", {}, make("p", {}, make("a", { className: "button go big", href: payment.url, target, rel: "noopener" },
    ...both("打开支付宝支付", "Pay in Alipay"))),
  inAlipay() ? null : make("img", { className: "qr", src: payment.qr, alt: "支付宝二维码 Alipay QR" }),
  inAlipay() ? null : make("p", { role: "status" }, ...both("或用支付宝扫一扫", "or scan it with Alipay")));
}

/** The ways that this place has, but the one that runs. */
function choices(panel, running) {
  const has = (way) => panel.offers(way) && way !== running;
  const all = [];
  const first = () => (all.length || running ? "" : "go big");
  if (inWeChat() && has(JSAPI)) all.push(button(both("微信支付", "Pay with WeChat"), () => panel.payInWeChat(), first()));
  if (has(NATIVE) && !inAlipay() && !(inWeChat() && panel.offers(JSAPI) && running === null)) {
    all.push(button(both("微信扫码支付", "WeChat QR"), () => panel.ask(NATIVE), first()));
  }
  if (has(ALIPAY) && !inWeChat()) {
    all.push(button(both("支付宝支付", "Alipay"), () => (inAlipay() ? panel.payInAlipay() : panel.ask(ALIPAY)), first()));
  }
  if (!all.length && !running) {
    return [make("p", { className: "problem" }, ...both("这里不能支付，请换微信或支付宝打开", "It cannot be paid here: open it in WeChat or Alipay"))];
  }
  return [running && all.length ? make("p", { className: "soft" }, ...both("换一种方式", "Or another way")) : null,
    make("p", { className: "row" }, all)];
}

function paid(panel) {
  const back = panel.alone ? sessionStorage.getItem(BACK) : null;
  return [make("p", { className: "mark", aria: { hidden: "true" } }, "✓"),
    make("h2", { role: "status" }, ...both("已支付，谢谢", "Paid, thank you")),
    make("p", { className: "soft" }, ...both("揽件员现在看得到这一单了", "couriers see it now")),
    back ? make("p", {}, make("a", { className: "button go", href: back }, ...both("返回", "Back"))) : null];
}

function expired(panel) {
  return [make("h2", { role: "status" }, ...both("这个支付码已过期", "This payment code has run out")),
    panel.renew ? button(both("换一个新的", "A new one"), () => panel.renew(), "go big")
      : make("p", {}, ...both("请扫终端上的新码，或在“我的订单”里支付", "Scan the new one at the terminal, or pay at “my orders”")),
    panel.renew ? null : make("p", {}, make("a", { className: "button", href: "/customer#orders" }, ...both("我的订单", "My orders")))];
}

function gone() {
  return [make("h2", { role: "status" }, ...both("这里没有要支付的", "There is nothing to pay here")),
    make("p", { className: "soft" }, ...both("包裹已取回、订单已取消，或这个码不对", "it was taken out or cancelled, or the code is not right"))];
}
