// Own details: masked, in full after a code, the real name, and another phone.

import { codeField } from "/static/codes.js";
import { both, button, make, say } from "/static/dom.js";
import { join } from "/static/forms.js";
import { device } from "/static/sessions.js";

export class Details {
  constructor(session, holder) {
    this.session = session;
    this.holder = holder;
  }

  async load() {
    this.draw(await this.session.ask("GET", "/v1/me/details"));
  }

  draw(mine) {
    this.holder.replaceChildren(
      make("div", { className: "card" }, make("h2", {}, ...both("我的资料", "My details")),
        facts([
          [["姓名", "name"], mine.masked_name ?? make("span", { className: "soft" }, ...both("未填写", "not given"))],
          [["手机号", "phone"], mine.masked_phone],
          [["注册时间", "since"], day(mine.created_at)],
          [["用户协议", "agreement"], make("span", {}, make("a", { href: `/agreement/${mine.agreement_version}` },
            mine.agreement_version), " ", make("small", {}, `${day(mine.agreed_at)} 同意 accepted`))],
        ])),
      this.folded(["填写或更改姓名", "Give or change the name"], this.nameForm()),
      this.folded(["查看完整资料", "Show all in full"], this.fullForm()),
      this.folded(["更换手机号", "Change the phone"], this.phoneForm()),
    );
  }

  folded([zh, en], form) {
    return make("details", { className: "card" }, make("summary", {}, ...both(zh, en)), form);
  }

  nameForm() {
    const form = make("form", {},
      make("label", { className: "field" }, ...both("真实姓名", "Real name"),
        make("input", { name: "name", autocomplete: "name", required: true, maxLength: 40 })),
      make("button", { type: "submit", className: "go" }, ...both("保存", "Save")));
    join(form, async ({ name }) => {
      this.draw(await this.session.ask("PUT", "/v1/me/details", { body: { name } }));
      say("姓名已保存 / the name is saved");
    });
    return form;
  }

  fullForm() {
    const form = make("form", {},
      codeField(() => form, "code", ["验证码（发到您的手机）", "Code to your phone"], this.ownCode("look")),
      make("button", { type: "submit", className: "go" }, ...both("查看", "Show")));
    join(form, async ({ code }) => {
      const full = await this.session.ask("POST", "/v1/me/details/full", { body: { code, device: device() } });
      form.replaceWith(this.full(full));
    });
    return form;
  }

  full(full) {
    return make("div", {}, facts([
      [["姓名", "name"], full.name ?? "—"],
      [["手机号", "phone"], full.phone],
      ...full.vehicles.map((one) => [["车辆", "vehicle"], `${one.plate} ${one.model} ${one.vin ?? ""}`]),
    ]), make("p", { className: "hint" }, ...both("这次查看已记录。", "This look was recorded.")),
    button(both("收起", "Hide"), () => this.load()));
  }

  phoneForm() {
    const phone = make("input", {
      name: "phone", type: "tel", inputMode: "tel", autocomplete: "off", required: true, maxLength: 20,
      data: { hint: "请填写 11 位新手机号 / the new 11-digit number" },
    });
    const form = make("form", {},
      make("p", { className: "hint" }, ...both("两个号码都要验证；更换后需用新号码重新登录。旧号码无法使用时请致电客服。",
        "Both numbers are checked; after that you log in with the new one. Is the old one lost? Please call us.")),
      codeField(() => form, "old_code", ["原手机号的验证码", "Code to the old number"], this.ownCode("change_phone")),
      make("label", { className: "field" }, ...both("新手机号", "New number"), phone),
      codeField(() => form, "new_code", ["新手机号的验证码", "Code to the new number"], () => this.session.ask(
        "POST", "/v1/me/phone/code", { body: { phone: phone.value.trim() || "-", device: device() } })),
      make("button", { type: "submit", className: "go" }, ...both("更换", "Change")));
    join(form, async (given) => {
      await this.session.ask("PUT", "/v1/me/phone", { body: { ...given, device: device() } });
      say("手机号已更换，请用新号码登录 / changed; please log in with the new number");
      this.session.forget();
    });
    return form;
  }

  ownCode(purpose) {
    return () => this.session.ask("POST", "/v1/me/codes", { body: { purpose, device: device() } });
  }
}

/** A day in China. */
const day = (instant) => new Date(instant).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });

/** Names and values as a list. */
export function facts(rows) {
  return make("dl", {}, rows.flatMap(([[zh, en], value]) => [
    make("dt", {}, ...both(zh, en)), make("dd", {}, value)]));
}
