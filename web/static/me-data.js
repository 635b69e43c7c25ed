// One's own data: a file of all of it, and the end of the account.

import { codeField } from "/static/codes.js";
import { sure } from "/static/dialog.js";
import { both, button, make, say, when } from "/static/dom.js";
import { join } from "/static/forms.js";
import { device } from "/static/sessions.js";

const LOOK_MS = 3000;

const OPEN = {
  order: ["订单未完成", "order under way"],
  refund: ["退款未到账", "refund under way"],
  payment: ["付款未结束", "payment under way"],
  invoice: ["发票未开出", "invoice not issued"],
  courier_order: ["揽件任务未完成", "parcel you carry"],
  earnings: ["收入未打款", "earnings not paid out"],
  payout: ["打款未完成", "payout under way"],
  booking: ["预约未完成", "booking"],
};

export class MyData {
  constructor(session, holder) {
    this.session = session;
    this.holder = holder;
    this.timer = null;
  }

  async load() {
    clearTimeout(this.timer);
    const exported = await this.session.ask("GET", "/v1/me/export");
    this.holder.replaceChildren(this.exportCard(exported), this.erasureCard());
    if (["asked", "making"].includes(exported.state) && !this.holder.hidden) {
      this.timer = setTimeout(() => this.load().catch(() => {}), LOOK_MS);
    }
  }

  exportCard(exported) {
    const card = make("div", { className: "card" }, make("h2", {}, ...both("导出我的数据", "Export my data")),
      make("p", { className: "hint" }, ...both("一个 ZIP 文件：账号、订单、预约、车辆、通知、付款和您上传的照片。",
        "One ZIP: account, orders, bookings, vehicles, notices, payments and the photos you uploaded.")));
    if (["asked", "making"].includes(exported.state)) {
      card.append(make("p", { role: "status" }, ...both("正在准备…", "being made…")));
      return card;
    }
    if (exported.state === "ready") {
      card.append(make("p", {}, ...both(`文件已就绪（${size(exported.size)}），保留到 ${when(exported.expires_at)}`, "your file is ready")),
        button(both("下载", "Download"), () => this.download(), "go"));
    }
    if (exported.state === "failed") card.append(make("p", { className: "problem" }, ...both("导出失败，请重试", "It failed; please try again")));
    const form = make("form", {},
      codeField(() => form, "code", ["验证码（发到您的手机）", "Code to your phone"], this.ownCode("export")),
      make("button", { type: "submit" }, ...both("准备新的文件", "Make a file")));
    join(form, async ({ code }) => {
      await this.session.ask("POST", "/v1/me/export", { body: { code, device: device() } });
      await this.load();
    });
    card.append(form);
    return card;
  }

  async download() {
    const link = await this.session.ask("POST", "/v1/me/export/link");
    location.assign(link.path);
  }

  erasureCard() {
    const problem = make("div", {});
    const form = make("form", {},
      codeField(() => form, "code", ["验证码（发到您的手机）", "Code to your phone"], this.ownCode("erase")),
      make("button", { type: "submit" }, ...both("注销账号", "Delete my account")));
    join(form, async ({ code }) => {
      problem.replaceChildren();
      if (!await sure("注销后将退出所有设备；等待期内登录即撤销，到期后资料全部删除且无法恢复。", "Delete? You are logged out everywhere. A log-in during the waiting time undoes it; after that all is erased for good.")) return;
      try {
        const view = await this.session.ask("POST", "/v1/me/erasure", { body: { code, device: device() } });
        say(`已申请注销，${when(view.due_at)} 前登录可撤销 / asked for; a log-in before then undoes it`);
        this.session.forget();
      } catch (error) {
        const open = error.details?.open ?? [];
        problem.replaceChildren(open.length ? make("ul", {}, open.map((one) => make("li", {},
          ...both(...(OPEN[one.kind] ?? [one.kind, one.kind])), " ", make("code", {}, one.id)))) : "");
        throw error;
      }
    });
    return make("details", { className: "card" }, make("summary", {}, ...both("注销账号", "Delete my account")),
      make("p", { className: "hint" }, ...both("有未完成的订单、预约或款项时不能注销。账目依法保留，但不含个人资料。",
        "Not while orders, bookings or money are open. Accounts of money stay, without personal data.")), form, problem);
  }

  ownCode(purpose) {
    return () => this.session.ask("POST", "/v1/me/codes", { body: { purpose, device: device() } });
  }
}

const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
