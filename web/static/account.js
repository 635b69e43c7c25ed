// One's own account: its phone, its WeChat (linked, unlinked, moved here), and what became of that.

import { sure } from "/static/dialog.js";
import { both, button, byId, make, say, when } from "/static/dom.js";
import { join } from "/static/forms.js";
import { device } from "/static/sessions.js";
import { inWeChat, leave, linkHandle, usedHandle, weChatInfo } from "/static/wechat.js";

const APPS = { service: ["微信服务号", "WeChat"], mini: ["微信小程序", "mini program"] };

export class Account {
  constructor(session, holder = byId("my-account")) {
    this.session = session;
    this.holder = holder;
  }

  /** Show it; a handle that came back from WeChat to link by is used first. */
  async load() {
    const handle = linkHandle();
    try {
      if (handle === "failed") {
        usedHandle();
        say("微信没有确认身份，请重试 / WeChat did not confirm who you are; please try again", "error");
      } else if (handle) {
        return await this.link(handle);
      }
      this.draw(await this.session.ask("GET", "/v1/me/wechat"), await weChatInfo());
    } catch (error) {
      this.holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
        button(both("重试", "Try again"), () => this.load())));
    }
    return null;
  }

  async link(handle) {
    try {
      const mine = await this.session.ask("POST", "/v1/me/wechat", { body: { handle } });
      usedHandle();
      say("微信已绑定 / WeChat is linked");
      this.draw(mine, await weChatInfo());
    } catch (error) {
      if (error.code === "wechat_elsewhere") {
        this.holder.replaceChildren(this.moving(handle, error.message));
        return;
      }
      usedHandle();
      say(error.message, "error");
      await this.load();
    }
  }

  draw(mine, info) {
    const linked = mine.links.map((link) => make("li", { className: "card" },
      make("p", { className: "row between" }, make("strong", {}, ...both(...APPS[link.app])),
        make("b", { className: "chip" }, link.followed ? "已关注 follows" : "已绑定 linked")),
      button(both("解绑", "Unlink"), () => this.unlink(link.app))));
    const canLink = info.service && inWeChat() && !mine.links.some((link) => link.app === "service");
    const nodes = [
      make("div", { className: "card" }, make("h2", {}, ...both("我的账号", "My account")),
        make("p", {}, this.session.person.masked_phone)),
      info.service || info.mini || linked.length ? make("ul", { className: "list" }, linked) : null,
      canLink ? button(both("绑定这个微信", "Link this WeChat"),
        () => leave({ path: "/customer#account", linking: true }), "go") : null,
      info.service && !inWeChat() && !linked.length ? make("p", { className: "hint" },
        ...both("在微信里打开本页可绑定微信。", "Open this page in WeChat to link it.")) : null,
      make("ul", { className: "list" }, mine.news.map((one) => make("li", { className: "soft" },
        one.zh, " ", make("small", {}, one.en, " · ", when(one.at))))),
    ];
    this.holder.replaceChildren(...nodes.filter(Boolean));
  }

  async unlink(app) {
    if (!await sure("解绑后，这个微信不再自动登录，也收不到订单通知。", "Unlink? This WeChat then logs you in no more and hears nothing of your orders.")) return;
    this.draw(await this.session.ask("DELETE", `/v1/me/wechat/${app}`), await weChatInfo());
    say("已解绑 / unlinked");
  }

  /** This WeChat is another account's: a code goes to that account's phone. */
  moving(handle, why) {
    const code = make("input", { name: "code", inputMode: "numeric", autocomplete: "one-time-code", maxLength: 6, required: true });
    const form = make("form", { className: "card" },
      make("h2", {}, ...both("移动微信绑定", "Move this WeChat here")),
      make("p", { className: "hint" }, why),
      button(both("发送验证码到原账号的手机", "Send a code to that account's phone"), async () => {
        await this.session.ask("POST", "/v1/me/wechat/move-code", { body: { handle, device: device() } });
        say("验证码已发送到原账号的手机 / the code was sent");
        code.focus();
      }),
      make("label", { className: "field" }, ...both("验证码", "Code"), code),
      make("button", { type: "submit", className: "go" }, ...both("移到我的账号", "Move it here")),
      button(both("取消", "Cancel"), () => {
        usedHandle();
        return this.load();
      }));
    join(form, async (given) => {
      const mine = await this.session.ask("POST", "/v1/me/wechat/move", { body: { handle, code: given.code } });
      usedHandle();
      this.draw(mine, await weChatInfo());
      say("微信已移到您的账号，双方都会收到通知 / moved; both accounts are told");
    });
    return form;
  }
}
