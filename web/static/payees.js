// Where a courier is paid: their wallets, the choice between them, and Alipay's word of who they are.

import { sure } from "/static/dialog.js";
import { both, button, byId, make, say, when } from "/static/dom.js";
import { join } from "/static/forms.js";
import { device } from "/static/sessions.js";
import { inWeChat } from "/static/wechat.js";
import { WALLET, word } from "/static/words.js";

const ALIPAY = "/v1/courier/alipay";

let handle = takeHandle(); // what Alipay came back with: a handle, "failed", or null

function takeHandle() {
  const url = new URL(location.href);
  const given = url.searchParams.get("alipay");
  if (given === null) return null;
  url.searchParams.delete("alipay");
  history.replaceState(history.state, "", url); // it works once: nobody is to bookmark it
  return given;
}

export class Payees {
  /** `changed` is called when pay that waited may go on. */
  constructor(session, changed, holder = byId("payees")) {
    this.session = session;
    this.changed = changed;
    this.holder = holder;
  }

  /** Show them; a handle that came back from Alipay is used first. */
  async load() {
    const given = handle;
    try {
      if (given === "failed") {
        handle = null;
        say("支付宝没有确认身份，请重试 / Alipay did not confirm who you are; please try again", "error");
      } else if (given) {
        await this.link(given);
        return;
      }
      this.draw(await this.session.ask("GET", "/v1/courier/payees"));
    } catch (error) {
      this.holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
        button(both("重试", "Try again"), () => this.load())));
    }
  }

  async link(given) {
    try {
      const mine = await this.session.ask("POST", ALIPAY, { body: { handle: given } });
      handle = null;
      this.draw(mine); // and a notice says so
      this.changed();
    } catch (error) {
      if (error.code === "alipay_elsewhere") {
        this.holder.replaceChildren(this.moving(given, error.message));
        return;
      }
      if (error.code === "offline") throw error;
      handle = null;
      say(error.message, "error");
      await this.load();
    }
  }

  draw({ wallets }) {
    const pays = wallets.find((one) => one.pays);
    this.holder.replaceChildren(make("section", { className: "card" },
      make("h2", {}, ...both("收款方式", "Where you are paid")),
      pays ? null : make("p", { className: "problem" }, ...both("还没有收款账号：报酬会等您绑定后发放。",
        "No account to pay to yet: your pay waits until one is linked.")),
      make("ul", { className: "list" }, wallets.map((one) => this.wallet(one, wallets)))));
  }

  wallet(one, wallets) {
    const chips = [
      make("b", { className: `chip ${one.linked ? "on" : ""}` }, one.linked ? "已绑定 linked" : "未绑定 not linked"),
      one.pays ? make("b", { className: "chip done" }, "收款 paid here") : null,
    ];
    const choose = one.linked && !one.pays && wallets.length > 1
      ? button(both("用它收款", "Pay me here"), () => this.choose(one.wallet), "go") : null;
    return make("li", { data: { wallet: one.wallet } },
      make("div", { className: "row between" }, make("strong", {}, word(WALLET, one.wallet)),
        make("span", { className: "chips" }, ...chips.filter(Boolean))),
      one.linked_at ? make("p", { className: "soft" }, ...both(`绑定于 ${when(one.linked_at)}`, "linked since")) : null,
      make("div", { className: "row" }, choose, ...(one.wallet === "alipay" ? this.alipay(one) : weChat(one))));
  }

  alipay(one) {
    if (one.linked) return [button(both("解绑", "Unlink"), () => this.unlink(), "quiet")];
    if (inWeChat()) {
      return [make("p", { className: "hint" }, ...both("微信里打不开支付宝：请在浏览器或支付宝里打开本页绑定。",
        "WeChat does not open Alipay: open this page in a browser, or in Alipay."))];
    }
    return [button(both("绑定支付宝", "Link Alipay"), () => this.leave(), "go")];
  }

  async leave() {
    const { url } = await this.session.ask("POST", `${ALIPAY}/begin`);
    location.assign(url);
  }

  async choose(wallet) {
    this.draw(await this.session.ask("PUT", "/v1/courier/payees", { body: { wallet } }));
    say("以后的报酬发到这里 / you are paid there from now on");
    this.changed();
  }

  async unlink() {
    if (!await sure("解绑收款支付宝？已在途的打款不受影响。", "Unlink? What is on its way there already still arrives.")) return;
    this.draw(await this.session.ask("DELETE", ALIPAY));
    say("已解绑 / unlinked");
  }

  /** This Alipay is another account's: a code goes to that account's phone. */
  moving(given, why) {
    const code = make("input", { name: "code", inputMode: "numeric", autocomplete: "one-time-code", maxLength: 6, required: true });
    const form = make("form", { className: "card" },
      make("h2", {}, ...both("移动支付宝绑定", "Move this Alipay here")),
      make("p", { className: "hint" }, why),
      button(both("发送验证码到原账号的手机", "Send a code to that account's phone"), async () => {
        await this.session.ask("POST", `${ALIPAY}/move-code`, { body: { handle: given, device: device() } });
        say("验证码已发送到原账号的手机 / the code was sent");
        code.focus();
      }),
      make("label", { className: "field" }, ...both("验证码", "Code"), code),
      make("button", { type: "submit", className: "go" }, ...both("移到我的账号", "Move it here")),
      button(both("取消", "Cancel"), () => {
        handle = null;
        return this.load();
      }));
    join(form, async (typed) => {
      const mine = await this.session.ask("POST", `${ALIPAY}/move`, { body: { handle: given, code: typed.code } });
      handle = null;
      this.draw(mine);
      this.changed();
    });
    return form;
  }
}

/** WeChat is linked in one's own account, where it also logs in. */
function weChat(one) {
  return one.linked ? [] : [make("a", { className: "button", href: "/customer#account" }, ...both("去绑定微信", "Link WeChat"))];
}
