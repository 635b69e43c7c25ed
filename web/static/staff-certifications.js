// Couriers' papers that wait for a reviewer: the photo beside what was typed.

import { List, both, button, byId, lastDay, make, say, when } from "/static/dom.js";
import { choiceAndNote, sure } from "/static/dialog.js";
import { facts } from "/static/orders.js";
import { whenSeen } from "/static/photos.js";
import { CERTIFICATION, REJECTION, word } from "/static/words.js";
import { drawKey } from "/static/wire.js";

export class Certifications {
  constructor(session) {
    this.session = session;
    this.judges = session.person.roles.some((role) => role === "reviewer" || role === "admin");
    this.list = new List(byId("certifications"), { zh: "没有待审核的认证", en: "no papers to review" });
    this.cards = new Map(); // application id → its card: a photo on the page stays there
    this.open = false;
    byId("waiting-certifications").hidden = !this.judges;
  }

  shown(open) {
    this.open = open;
    if (open) this.load();
  }

  /** Somebody applied, or another reviewer decided. */
  fact() {
    if (this.open) this.load();
  }

  async load() {
    if (!this.judges) return;
    this.list.loading();
    try {
      const { applications } = await this.session.ask("GET", "/v1/certifications");
      const cards = applications.map((each) => [each.application_id, this.cards.get(each.application_id) ?? this.item(each)]);
      this.cards = new Map(cards);
      this.list.items([...this.cards.values()]);
    } catch (error) {
      this.list.failed(error, () => this.load());
    }
  }

  item(papers) {
    const photo = make("div", { className: "beside" });
    whenSeen(this.session, papers.photo_id, photo, "certification");
    return make("li", { className: "card", data: { application: papers.application_id } },
      make("div", { className: "row between" }, make("strong", {}, papers.masked_phone),
        make("b", { className: `chip ${papers.certification}` }, word(CERTIFICATION, papers.certification))),
      make("div", { className: "pair" },
        facts([
          ["姓名 name", papers.real_name], ["身份证号 ID number", papers.id_number],
          ["公司 employer", papers.employer], ["工号 staff number", papers.staff_number],
          ["有效期 until", lastDay(papers.expires_at)],
          ["提交 applied", when(papers.applied_at)],
        ]), photo),
      papers.holder ? make("p", { className: "problem" }, ...both(`该身份证号已认证另一账号 ${papers.holder}`,
        "This ID number certifies another account.")) : null,
      make("p", { className: "row" },
        this.judge(papers, "approve", both("通过认证", "Approve"), "go"),
        this.judge(papers, "reject", both("不通过", "Refuse"), "")));
  }

  judge(papers, verdict, label, className) {
    const key = drawKey();
    return button(label, async () => {
      let body = {};
      if (verdict === "reject") {
        body = await choiceAndNote("不通过，请选择原因；说明会给揽件员看。", "Refuse: say why; the courier reads the note.", REJECTION);
        if (body === null) return;
      } else if (!await sure("姓名、身份证号与照片一致，公司与工号已核实？", "Do name and number agree with the photo, and is the employer confirmed?")) return;
      await this.session.ask("POST", `/v1/certifications/${papers.application_id}/${verdict}`, { key, body });
      say(verdict === "approve" ? "已通过 / approved" : "已退回 / refused");
      await this.load();
    }, className);
  }
}
