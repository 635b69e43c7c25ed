// Staff of customer service: the number that people call, and phones whose old number is lost.

import { both, button, byId, make, say, when } from "/static/dom.js";
import { codeField } from "/static/codes.js";
import { join } from "/static/forms.js";

const WRITERS = new Set(["reviewer", "admin"]);

export class Service {
  constructor(session) {
    this.session = session;
    this.holder = byId("service");
    byId("service-tab").hidden = !session.person.roles.some((role) => WRITERS.has(role));
  }

  shown(now) {
    if (now && !byId("service-tab").hidden) this.load().catch((error) => say(error.message, "error"));
  }

  async load() {
    const { versions } = await this.session.ask("GET", "/v1/service-line/versions");
    this.holder.replaceChildren(this.lineCard(versions), this.findCard());
  }

  lineCard(versions) {
    const now = versions[0] ?? { version: 0, shown: "", hours_zh: "", hours_en: "" };
    const input = (name, value, hint) => make("input", { name, value, required: true, maxLength: 60, data: { hint } });
    const form = make("form", {},
      make("label", { className: "field" }, ...both("电话", "Number"), input("phone", now.shown, "请填写可拨打的电话号码 / a number that can be dialled")),
      make("label", { className: "field" }, ...both("服务时间（中文）", "Hours in Chinese"), input("hours_zh", now.hours_zh, "请填写服务时间 / the hours")),
      make("label", { className: "field" }, ...both("服务时间（英文）", "Hours in English"), input("hours_en", now.hours_en, "请填写英文服务时间 / the hours in English")),
      make("button", { type: "submit", className: "go" }, ...both("发布", "Publish")));
    join(form, async (given) => {
      await this.session.ask("PUT", "/v1/service-line", { body: { ...given, version: now.version } });
      say("客服电话已发布 / published");
      await this.load();
    });
    return make("div", { className: "card narrow" }, make("h2", {}, ...both("客服电话", "Customer service line")), form,
      make("details", {}, make("summary", {}, ...both("历史版本", "Versions")), make("ul", {}, versions.map((one) => make("li", { className: "soft" },
        `${one.version} · ${one.shown} · ${one.hours_zh} · ${when(one.at)} · ${one.by}`)))));
  }

  findCard() {
    const card = make("div", { className: "card narrow" }, make("h2", {}, ...both("更换客户手机号", "Change a person's phone")));
    const form = make("form", {},
      make("p", { className: "hint" }, ...both("仅在本人旧号码无法使用时。核对身份后，验证码发到新号码，由本人读出。", "Only when the old number is lost: check who it is; the code goes to the new number, and the person reads it out.")),
      make("label", { className: "field" }, ...both("旧手机号", "Old number"), make("input", { name: "phone", required: true, inputMode: "tel", maxLength: 20 })),
      make("label", { className: "field" }, ...both("查找原因（会记录）", "Why (recorded)"), make("input", { name: "reason", required: true, maxLength: 200 })),
      make("button", { type: "submit" }, ...both("查找", "Find")));
    join(form, async (given) => {
      const person = await this.session.ask("POST", "/v1/staff/people/find", { body: given });
      card.replaceChildren(card.firstChild, this.changeForm(person));
    });
    card.append(form);
    return card;
  }

  changeForm(person) {
    const path = `/v1/people/${person.person_id}/phone`;
    const phone = make("input", { name: "phone", required: true, inputMode: "tel", maxLength: 20 });
    const form = make("form", {},
      make("p", {}, make("strong", {}, person.masked_phone), " ", make("code", {}, person.person_id)),
      make("label", { className: "field" }, ...both("新手机号", "New number"), phone),
      codeField(() => form, "code", ["新号码收到的验证码", "Code to the new number"], () => this.session.ask(
        "POST", `${path}/code`, { body: { phone: phone.value.trim() || "-", device: "staff" } })),
      make("label", { className: "field" }, ...both("原因（会记录）", "Reason (recorded)"), make("input", { name: "reason", required: true, maxLength: 200 })),
      make("button", { type: "submit", className: "go" }, ...both("更换", "Change")),
      button(both("取消", "Cancel"), () => this.load()));
    join(form, async (given) => {
      const changed = await this.session.ask("PUT", path, { body: given });
      say(`已更换为 ${changed.masked_phone}，两个号码都已通知 / changed; both numbers were told`);
      await this.load();
    });
    return form;
  }
}
