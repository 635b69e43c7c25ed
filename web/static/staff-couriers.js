// Couriers: papers that wait, who asked to be one, certify, suspend and reinstate.

import { List, both, button, byId, make, say } from "/static/dom.js";
import { reason } from "/static/dialog.js";
import { noticesButton } from "/static/staff-notices.js";
import { CERTIFICATION, word } from "/static/words.js";

const ACTS = {
  certified: [["认证通过", "Certify"], "go", "证件已另行核对，直接认证？请写明依据。", "Papers checked otherwise: certify? Say on what ground."],
  reinstated: [["恢复", "Reinstate"], "go", "恢复这位揽件员？", "Reinstate this courier?"],
  suspended: [["停用", "Suspend"], "", "停用这位揽件员？原因会给揽件员看。", "Suspend this courier? They read the reason."],
  none: [["撤销认证", "Withdraw"], "", "撤销认证，并释放身份证号？", "Withdraw the certification, and free the ID number?"],
};

/** What may be done from each state; an application is decided in the list above. */
const CHOICES = {
  none: ["certified"], applied: ["certified"], rejected: ["certified"], expired: ["certified"],
  certified: ["suspended", "none"], suspended: ["reinstated", "none"],
};

export class Couriers {
  constructor(session, certifications) {
    this.session = session;
    this.certifications = certifications;
    this.open = false;
    this.list = new List(byId("couriers"), { zh: "没有这样的揽件员", en: "no such couriers" });
    this.filter = byId("courier-state");
    this.filter.replaceChildren(make("option", { value: "" }, "全部 / all"),
      ...Object.keys(CERTIFICATION).map((value) => make("option", { value }, word(CERTIFICATION, value))));
    this.filter.onchange = () => this.load();
    byId("reload-couriers").onclick = () => this.load();
  }

  shown(open) {
    this.open = open;
    this.certifications.shown(open);
    if (open) this.load();
  }

  /** Papers came in or were decided. */
  fact() {
    this.certifications.fact();
    if (this.open) this.load();
  }

  async load() {
    this.list.loading();
    try {
      const { people } = await this.session.ask("GET", "/v1/couriers", { query: { state: this.filter.value } });
      this.list.items(people.map((person) => this.item(person)));
    } catch (error) {
      this.list.failed(error, () => this.load());
    }
  }

  item(person) {
    const choices = CHOICES[person.certification] ?? [];
    const told = make("div");
    return make("li", { className: "card", data: { person: person.person_id } },
      make("div", { className: "row between" }, make("strong", {}, person.masked_phone),
        make("b", { className: `chip ${person.certification}` }, word(CERTIFICATION, person.certification))),
      make("p", { className: "soft" }, make("code", {}, person.person_id), ` · 手上 ${person.active_orders} 单 orders in hand`),
      make("p", { className: "row" }, choices.map((state) => this.act(person, state)),
        noticesButton(this.session, `/v1/staff/people/${person.person_id}/notices`, told)), told);
  }

  act(person, state) {
    const [label, className, zh, en] = ACTS[state];
    return button(both(...label), async () => {
      const why = await reason(zh, en);
      if (why === null) return;
      const wanted = state === "reinstated" ? "certified" : state;
      await this.session.ask("PUT", `/v1/couriers/${person.person_id}/certification`, { body: { state: wanted, reason: why } });
      say("已更新 / updated");
      await this.load();
    }, className);
  }
}
