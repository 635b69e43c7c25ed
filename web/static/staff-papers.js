// Papers of bookings that wait for staff: what was read, what the person made of it, what is wrong.

import { List, both, button, byId, make, say, when } from "/static/dom.js";
import { reason, sure } from "/static/dialog.js";

const JUDGES = new Set(["reviewer", "outlet_staff", "admin"]);

const KIND = { id_card: ["身份证", "ID card"], vehicle_licence: ["行驶证", "vehicle licence"] };

const FIELD = {
  name: ["姓名", "name"], sex: ["性别", "sex"], ethnicity: ["民族", "ethnicity"], birth: ["出生", "born"],
  number: ["身份证号", "ID number"], address: ["住址", "address"], plate: ["号牌", "plate"], type: ["车辆类型", "type"],
  owner: ["所有人", "owner"], use: ["使用性质", "use"], model: ["品牌型号", "model"], vin: ["车辆识别代号", "VIN"],
  engine: ["发动机号", "engine"], registered: ["注册日期", "registered"], issued: ["发证日期", "issued"],
};

export class Papers {
  constructor(session) {
    this.session = session;
    this.judges = session.person.roles.some((role) => JUDGES.has(role));
    this.list = new List(byId("papers"), { zh: "没有待核对的证件", en: "no papers to look at" });
    this.cards = new Map(); // booking and version → its card: an opened case stays open
    this.open = false;
    byId("papers-tab").hidden = !this.judges;
  }

  shown(open) {
    this.open = open && this.judges;
    if (this.open) this.load();
  }

  /** A booking changed: its papers may wait now, or no more. */
  changed() {
    if (this.open) this.load();
  }

  async load() {
    this.list.loading();
    try {
      const { cases } = await this.session.ask("GET", "/v1/staff/papers");
      const named = cases.map((each) => [`${each.booking.booking_id}:${each.booking.version}`, each]);
      this.cards = new Map(named.map(([name, each]) => [name, this.cards.get(name) ?? this.item(each)]));
      this.list.items([...this.cards.values()]);
    } catch (error) {
      this.list.failed(error, () => this.load());
    }
  }

  item({ booking, waits_since: since, decide_until: until }) {
    const card = make("li", { className: "card", data: { booking: booking.booking_id } },
      make("div", { className: "row between" }, make("strong", {}, when(booking.starts_at)), make("code", {}, booking.booking_id)),
      make("p", { className: "soft" }, ...both(`等候自 ${when(since)} · 请在 ${when(until)} 前决定`, "waits since; decide by")));
    card.append(make("p", { className: "row" }, button(both("查看证件（会记录）", "Look, on record"), async () => {
      const seen = await this.session.ask("GET", `/v1/staff/papers/${booking.booking_id}`);
      card.replaceChildren(card.firstChild, ...this.whole(seen));
    })));
    return card;
  }

  whole(seen) {
    const told = [["姓名", "name", seen.name], ["车牌", "plate", seen.plate]];
    return [
      make("p", {}, ...both("表单所填", "the form says"), "：", told.map(([zh, en, text]) => `${zh} ${en} ${text ?? "—"}`).join(" · ")),
      ...seen.papers.findings.map((one) => make("p", { className: one.weight === "fail" ? "problem" : "hint" }, ...both(one.zh, one.en))),
      ...seen.papers.sheets.map((sheet) => this.sheet(seen, sheet)),
      make("p", { className: "row" }, this.decide(seen, true), this.decide(seen, false)),
    ];
  }

  /** One paper: both sets of fields; its photo comes by a link that is good once. */
  sheet(seen, sheet) {
    const read = sheet.read ?? {};
    const names = Object.keys({ ...read, ...(sheet.corrected ?? {}) });
    const rows = names.map((name) => {
      const mine = sheet.corrected?.[name];
      const given = mine === undefined || mine === read[name] ? [read[name] || "—"]
        : [make("s", {}, read[name] || "—"), " ", make("b", {}, mine || "—")];
      return [make("dt", {}, ...both(...FIELD[name])), make("dd", {}, ...given)];
    });
    const holder = make("div", { className: "beside" });
    holder.append(button(both("看照片（会记录）", "See the photo, on record"), async () => {
      const path = `/v1/staff/papers/${seen.booking.booking_id}/${sheet.kind}/link`;
      const link = await this.session.ask("POST", path);
      holder.replaceChildren(make("img", { src: link.path, alt: KIND[sheet.kind].join(" ") }));
    }));
    const by = sheet.read ? both(`识别：${sheet.read_by}`, "read by") : both("未识别", `not read (${sheet.not_read ?? sheet.state})`);
    return make("div", {}, make("h3", {}, ...both(...KIND[sheet.kind])), make("p", { className: "soft" }, ...by),
      make("div", { className: "pair" }, make("dl", {}, ...rows.flat()), holder));
  }

  decide(seen, accept) {
    return button(accept ? both("通过", "Accept") : both("退回", "Reject"), async () => {
      const body = { accept, version: seen.booking.version };
      if (!accept) {
        body.reason = await reason("退回证件，请写明原因；车主会看到。", "Reject: say why; the owner reads it.");
        if (!body.reason) return;
      } else if (!await sure("证件与照片一致？", "Do the papers agree with their photos?")) return;
      await this.session.ask("POST", `/v1/staff/papers/${seen.booking.booking_id}/decide`, { body });
      say(accept ? "已通过 / accepted" : "已退回 / rejected");
      await this.load();
    }, accept ? "go" : "");
  }
}
