// Finance: the books, each wallet's days, what differs, files of a day, invoices asked for.

import { List, both, button, byId, busy, make, say, when, yuan } from "/static/dom.js";
import { reason } from "/static/dialog.js";
import { facts } from "/static/orders.js";
import { ACCOUNT, DIFFERENCE, FLOW, WALLET, word } from "/static/words.js";
import { drawKey } from "/static/wire.js";

const FINANCE = new Set(["finance", "admin"]);
const SHEETS = { ledger: ["账本", "Ledger"], differences: ["对账差异", "Differences"], payouts: ["打款", "Payouts"] };
const DAY_MS = 24 * 60 * 60 * 1000;

export class Finance {
  constructor(session) {
    this.session = session;
    this.may = session.person.roles.some((role) => FINANCE.has(role));
    byId("finance-tab").hidden = !this.may;
    this.days = new List(byId("statement-days"), { zh: "还没有对账单", en: "no statements yet" });
    this.found = new List(byId("differences"), { zh: "没有未处理的差异", en: "nothing differs" });
    this.invoices = new List(byId("invoices"), { zh: "没有待开的发票", en: "no invoices asked for" });
    this.form = byId("sheet-form");
    this.form.elements.day.value = yesterday();
    byId("sheets").replaceChildren(...Object.keys(SHEETS).map((sheet) =>
      button(both(...SHEETS[sheet]), () => this.download(sheet), "quiet")));
    byId("check-books").onclick = () => busy(byId("check-books"), () => this.check());
    byId("more-differences").onclick = () => busy(byId("more-differences"), () => this.loadFound(this.next));
    this.shownFound = [];
    this.next = null;
    this.checked = false;
  }

  shown(open) {
    this.open = open && this.may;
    if (!this.open) return;
    this.load();
    // The whole of the books is read for it: once when the tab is opened, then when asked to.
    if (!this.checked) busy(byId("check-books"), () => this.check());
  }

  /** A day was compared: a live page shows it at once. */
  fact(day) {
    if (!this.may) return;
    if (day.done && day.differences) say(`${word(WALLET, day.wallet)} ${day.day}：${day.differences} 笔差异 / differences`, "error");
    if (this.open) this.load();
  }

  async load() {
    await Promise.all([this.loadDays(), this.loadFound(), this.loadInvoices()]);
  }

  // The books

  async check() {
    const place = byId("books");
    place.setAttribute("aria-busy", "true");
    try {
      const told = await this.session.ask("GET", "/v1/staff/ledger/check");
      this.checked = true;
      place.replaceChildren(
        make("p", {}, make("b", { className: `chip ${told.ok ? "done" : "down"}` }, told.ok ? "账平 the books are right" : "账不平 NOT right"),
          " ", make("small", {}, `${told.entries} 笔 entries`)),
        ...told.bad.map((bad) => make("p", { className: "problem" }, make("code", {}, bad.key), ` ${bad.rule}: ${bad.why}`)),
        amounts(Object.entries(told.balances).map(([account, fen]) => [accountName(account), yuan(fen)])));
      byId("suspense").textContent = yuan(told.balances.suspense ?? 0);
    } finally {
      place.removeAttribute("aria-busy");
    }
  }

  // Days

  async loadDays() {
    this.days.loading();
    try {
      const { statements } = await this.session.ask("GET", "/v1/staff/finance/statements", { query: { limit: 14 } });
      this.days.items(statements.map((day) => this.day(day)));
    } catch (error) {
      this.days.failed(error, () => this.loadDays());
    }
  }

  day(day) {
    const state = !day.done ? ["等待账单 waiting", "unpaid"] : day.differences ? [`${day.differences} 笔差异 differ`, "down"] : ["一致 agrees", "done"];
    return make("li", { className: "card", data: { statement: `${day.wallet}:${day.day}` } },
      make("div", { className: "row between" }, make("strong", {}, `${day.day} · ${word(WALLET, day.wallet)}`),
        make("b", { className: `chip ${state[1]}` }, state[0])),
      day.problem ? make("p", { className: "soft" }, `上次没有取到 not had: ${day.problem}`) : null,
      day.fetched_at ? facts([
        ["笔数 lines", String(day.lines)], ["收款 payments", yuan(day.payments_fen)], ["退款 refunds", yuan(day.refunds_fen)],
        ["打款 transfers", yuan(day.transfers_fen)], ["手续费 fees", yuan(day.fee_fen)], ["取回 fetched", when(day.fetched_at)],
      ]) : null,
      button(both("重新对账", "Fetch again"), async () => {
        const note = await reason("重新取账单并对账？", "Fetch the bill and compare it again?");
        if (note === null) return;
        await this.session.ask("POST", "/v1/staff/finance/statements", { body: { wallet: day.wallet, day: day.day, note } });
        say("已安排，稍后更新 / a worker does it in a moment");
        await this.loadDays();
      }, "quiet"));
  }

  // Differences

  async loadFound(after) {
    if (!after) this.found.loading();
    try {
      const { differences, next } = await this.session.ask("GET", "/v1/staff/finance/differences", { query: { after } });
      this.shownFound = after ? [...this.shownFound, ...differences] : differences;
      this.next = next;
      byId("more-differences").hidden = next === null;
      this.found.items(this.shownFound.map((one) => this.difference(one)));
    } catch (error) {
      this.found.failed(error, () => this.loadFound(after));
    }
  }

  difference(one) {
    return make("li", { className: "card", data: { difference: one.difference_id } },
      make("div", { className: "row between" }, make("strong", {}, word(DIFFERENCE, one.kind)),
        make("span", { className: "soft" }, `${one.day} · ${word(WALLET, one.wallet)} · ${word(FLOW, one.flow)}`)),
      make("p", {}, make("code", {}, one.number)),
      facts([
        ["我方 ours", one.ours_fen === null ? "—" : yuan(one.ours_fen)],
        ["账单 bill", one.theirs_fen === null ? "—" : yuan(one.theirs_fen)],
        ["手续费 fee", one.fee_fen === null ? null : yuan(one.fee_fen)],
        ["钱包单号 wallet's number", one.transaction],
        ["挂账 in suspense", one.suspense_fen ? yuan(one.suspense_fen) : null],
      ]),
      make("p", { className: "row" }, one.suspense_fen ? this.resolve(one, true, both("处理并计入平台", "Resolve, to the platform"))
        : this.resolve(one, false, both("处理", "Resolve"))));
  }

  resolve(one, book, label) {
    const key = drawKey();
    return button(label, async () => {
      const note = await reason(book ? "挂账计入平台，请说明。" : "请说明怎样处理的。",
        book ? "Its suspense becomes the platform's: say why." : "Say what was done.");
      if (note === null) return;
      await this.session.ask("POST", "/v1/staff/finance/differences/resolve", { key, body: { difference_id: one.difference_id, note, book } });
      say("已处理 / resolved");
      await Promise.all([this.load(), this.check()]);
    }, "quiet");
  }

  // Files

  async download(sheet) {
    const day = this.form.elements.day.value;
    if (!day) throw new Error("请选择日期 / choose a day");
    const blob = await this.session.ask("GET", `/v1/staff/finance/${sheet}.csv`, { query: { day }, wanted: "blob" });
    const link = make("a", { href: URL.createObjectURL(blob), download: `lanjian-${sheet}-${day}.csv` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    say(`已下载 / downloaded: ${link.download}`);
  }

  // Invoices

  async loadInvoices() {
    this.invoices.loading();
    try {
      const { invoices } = await this.session.ask("GET", "/v1/staff/finance/invoices");
      this.invoices.items(invoices.map((one) => this.invoice(one)));
    } catch (error) {
      this.invoices.failed(error, () => this.loadInvoices());
    }
  }

  invoice(one) {
    return make("li", { className: "card", data: { invoice: one.order_id } },
      make("div", { className: "row between" }, make("code", {}, one.order_id), make("strong", {}, yuan(one.amount_fen))),
      facts([["抬头 title", one.title], ["税号 taxpayer number", one.tax_number], ["邮箱 e-mail", one.email],
        ["申请 asked", when(one.requested_at)]]),
      make("p", { className: "row" }, this.decide(one, "issued", both("已开具", "Issued"), "go"),
        this.decide(one, "refused", both("退回", "Refuse"), "")));
  }

  decide(one, state, label, className) {
    const key = drawKey();
    return button(label, async () => {
      const note = await reason(state === "issued" ? "发票号码或说明：" : "退回原因：",
        state === "issued" ? "The invoice's number, or a note:" : "Why is it refused?");
      if (note === null) return;
      await this.session.ask("POST", `/v1/staff/finance/invoices/${one.order_id}`, { key, body: { state, note } });
      await this.loadInvoices();
    }, className);
  }
}

function amounts(rows) {
  const list = facts(rows);
  list.className = "amounts";
  return list;
}

function accountName(account) {
  const [kind, wallet] = account.split(":");
  return `${word(ACCOUNT, kind)}${wallet ? ` · ${word(WALLET, wallet)}` : ""}`;
}

/** Yesterday in China, whatever zone the browser is in. */
function yesterday() {
  return new Date(Date.now() + 8 * 60 * 60 * 1000 - DAY_MS).toISOString().slice(0, 10);
}
