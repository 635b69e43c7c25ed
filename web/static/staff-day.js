// An outlet's day: who comes, checking in by code or plate, walk-ins, no-shows; live.

import { serverNow } from "/static/clock.js";
import { reason, sure } from "/static/dialog.js";
import { List, both, button, byId, make, say } from "/static/dom.js";
import { join } from "/static/forms.js";
import { batteryForm, labelLinks } from "/static/staff-battery.js";

const WORKERS = new Set(["operator", "outlet_staff", "admin"]);
const CODE = /^B[0-9A-Z]{2,39}\.[0-9]{1,12}\.[0-9a-f]{16}$/;
const ZONE = { timeZone: "Asia/Shanghai", hour12: false, hour: "2-digit", minute: "2-digit" };

const STATE = {
  booked: ["未到", "to come"], checked_in: ["已到店", "here"], done: ["已完成", "done"],
  no_show: ["未到店", "did not come"], rejected: ["未受理", "turned away"], cancelled: ["已取消", "cancelled"],
};
const PAPERS = {
  missing: ["无证件", "no papers"], pending: ["证件待审", "papers to decide"],
  accepted: ["证件通过", "papers accepted"], rejected: ["证件待更正", "papers to mend"],
};
const CHIP = { booked: "open", checked_in: "awaiting_confirmation", done: "done", no_show: "cancelled", rejected: "cancelled" };

/** The server's rules that staff meet most, in words. */
const RULES = {
  another_outlet: "这是其他网点的预约 / booked at another outlet",
  another_day: "不是今天的预约 / booked for another day",
  booked_today: "今天没有这辆车的预约 / no booking of this car today",
  arrival_code: "到店码无效 / not a good code",
  expired: "到店码已过期，请车主刷新 / expired: have the owner show a new one",
  plate: "请扫描到店码，或输入完整车牌 / scan the code, or type the whole plate",
  may_still_come: "还没到可记未到的时间 / they may still come",
  battery_first: "请先登记电池 / record the battery first",
  no_slot_now: "现在没有营业时段 / no slot is under way",
  free: "当前时段已满 / the slot under way is full",
};

/** Steps after which a place may be free or taken, or a booking may be on another day. */
const MOVES = new Set(["booked", "rescheduled", "checked_in", "cancelled", "rejected", "no_show"]);

/** How often the day is looked at anew: slots begin and end by themselves. */
const AGAIN_MS = 60_000;

const clock = (instant) => new Date(instant).toLocaleTimeString("zh-CN", ZONE);
const dayOf = (instant) => new Date(instant).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
const dayClock = (instant) => `${dayOf(instant)} ${clock(instant)}`;

/** A refusal in words that staff understand, with the next free slot where the server names one. */
function inWords(error) {
  const next = error.details?.next;
  const said = RULES[error.rule];
  if (!said) return error;
  const then = next ? `；下一个空位 next free: ${dayClock(next.starts_at)}` : "";
  return Object.assign(new Error(said + then), { field: error.field, hint: said + then });
}

export class OutletDay {
  constructor(session, realtime) {
    this.session = session;
    this.realtime = realtime;
    this.holder = byId("day");
    this.works = session.person.roles.some((role) => WORKERS.has(role));
    byId("day-tab").hidden = !this.works;
    this.outlet = null;
    this.cards = new Map(); // booking id → { row, item, head, work }
  }

  shown(now) {
    if (!this.works) return;
    if (!now) this.leave();
    else this.enter().catch((error) => say(error.message, "error"));
  }

  leave() {
    clearInterval(this.again);
    if (this.outlet) this.realtime.unfollow(`outlet:${this.outlet}`);
    this.outlet = null;
  }

  async enter() {
    const { outlets } = await this.session.ask("GET", "/v1/staff/outlets");
    if (!outlets.length) {
      this.holder.replaceChildren(make("p", { className: "empty" }, ...both("没有您的网点", "No outlet is yours")));
      return;
    }
    this.build(outlets);
    this.choose();
  }

  build(outlets) {
    this.which = make("select", { onchange: () => this.choose() },
      outlets.map((one) => make("option", { value: one.outlet_id }, one.details.name)));
    this.date = make("input", { type: "date", value: dayOf(serverNow()), onchange: () => this.reload() });
    this.free = make("span", { className: "chip" });
    const rows = make("ul", { className: "list grid" });
    this.list = new List(rows, { zh: "这一天没有预约", en: "nobody comes on this day" });
    this.holder.replaceChildren(
      make("div", { className: "row" },
        make("label", { className: "field" }, ...both("网点", "Outlet"), this.which),
        make("label", { className: "field" }, ...both("日期", "Day"), this.date), this.free),
      make("section", { className: "card" }, make("h2", {}, ...both("到店登记", "Check in")), this.checkInForm(),
        make("details", {}, make("summary", {}, ...both("没有预约的车", "A car without a booking")), this.walkInForm())),
      make("h2", {}, ...both("当天预约", "Bookings of the day")), rows);
  }

  choose() {
    this.leave();
    this.cards.clear();
    this.outlet = this.which.value;
    this.again = setInterval(() => this.reload(), AGAIN_MS);
    this.realtime.follow(`outlet:${this.outlet}`, {
      snapshot: () => this.reload(),
      event: (event) => this.heard(event),
      failed: (error) => say(error.message, "error"),
    });
  }

  reload() {
    this.load().catch((error) => this.list.failed(error, () => this.reload()));
  }

  async load() {
    const outlet = this.outlet;
    const seen = await this.session.ask("GET", `/v1/staff/outlets/${outlet}/day`, { query: { day: this.date.value } });
    if (outlet !== this.outlet) return;
    this.tellFree(seen.free_now);
    if (!seen.is_whole) say("当天预约太多，只列出最早的 / only the day's first are listed", "error");
    const ids = new Set(seen.rows.map((row) => row.booking.booking_id));
    for (const id of this.cards.keys()) if (!ids.has(id)) this.cards.delete(id);
    for (const row of seen.rows) this.take(row);
    this.place();
  }

  tellFree(free) {
    this.free.replaceChildren(...(free === null || free === undefined ? both("现在没有营业时段", "no slot now")
      : both(`当前时段空位 ${free}`, "free now")));
  }

  heard(event) {
    if (event.type !== "booking_changed" || !this.outlet) return;
    const { booking } = event;
    const known = this.cards.get(booking.booking_id);
    if (known && known.row.booking.version >= booking.version) return;
    if (!known || MOVES.has(event.step)) this.reloadSoon();
    else this.look(booking.booking_id).catch((error) => say(error.message, "error"));
  }

  /** Fetch one booking anew: nothing else of the day has changed. */
  async look(id) {
    this.take(await this.session.ask("GET", `/v1/staff/bookings/${id}/row`));
    this.place();
  }

  /** Several changes at once are one look. */
  reloadSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.outlet && this.reload(), 200);
  }

  take(row) {
    const id = row.booking.booking_id;
    const known = this.cards.get(id);
    if (known) {
      known.row = row;
      known.head.replaceChildren(...this.head(row));
      return;
    }
    const head = make("div", {}, ...this.head(row));
    const work = make("div", {});
    this.cards.set(id, { row, head, work, item: make("li", { className: "card", data: { booking: id } }, head, work) });
  }

  place() {
    const rows = [...this.cards.values()].sort((a, b) => a.row.booking.starts_at.localeCompare(b.row.booking.starts_at)
      || a.row.booking.booking_id.localeCompare(b.row.booking.booking_id));
    this.list.items(rows.map((one) => one.item));
  }

  head(row) {
    const { booking } = row;
    const papers = make("span", { className: `chip ${booking.papers}` }, ...both(...(PAPERS[booking.papers] ?? [booking.papers, ""])));
    return [
      make("div", { className: "row between" },
        make("strong", {}, `${clock(booking.starts_at)}–${clock(booking.ends_at)}`),
        make("b", { className: `chip ${CHIP[booking.state] ?? ""}` }, ...both(...(STATE[booking.state] ?? [booking.state, ""])))),
      make("p", {}, `${row.name} · ${row.phone} · `, make("strong", {}, row.plate)),
      make("p", { className: "chips" }, papers,
        row.findings ? make("span", { className: "chip rejected" }, ...both(`${row.findings} 处待查`, "to look at")) : null,
        booking.walk_in ? make("span", { className: "chip" }, ...both("未预约", "walk-in")) : null,
        row.battery ? make("span", { className: "chip done" }, ...both("已登记电池", `record ${row.battery}`)) : null),
      booking.reason ? make("p", { className: "soft" }, booking.reason) : null,
      make("p", { className: "soft" }, make("code", {}, booking.booking_id)),
      make("p", { className: "row" }, ...this.actions(row)),
    ].filter(Boolean);
  }

  actions(row) {
    const { booking_id: id, state, starts_at: starts } = row.booking;
    const all = [];
    const act = (zh, en, path, body, className = "") => all.push(
      button(both(zh, en), () => this.act(path, body), className));
    const url = `/v1/staff/bookings/${id}`;
    if (state === "booked" || state === "no_show") {
      act(state === "booked" ? "到店" : "迟到登记", state === "booked" ? "Check in" : "Came late",
        `/v1/staff/outlets/${this.outlet}/check-in`, { booking_id: id }, "go");
    }
    if (state === "booked" && Date.parse(starts) < serverNow()) {
      all.push(button(both("未到", "No-show"), async () => {
        if (await sure("记为未到店？名额会空出来。", "Put down as not come? The place is free then.")) await this.act(`${url}/no-show`);
      }));
    }
    if (state === "checked_in" || state === "done") {
      all.push(button(row.battery ? both("电池记录", "Battery record") : both("登记电池", "Record the battery"),
        () => this.battery(row), state === "checked_in" && !row.battery ? "go" : ""));
    }
    if (row.battery) all.push(button(both("打印标签", "Print the label"), () => this.print(id)));
    if (state === "checked_in" && row.battery) act("完成", "Finish", `${url}/finish`, undefined, "go");
    if (state === "booked" || state === "checked_in") {
      all.push(button(both("不受理", "Turn away"), async () => {
        const why = await reason("为什么不受理？会告诉车主。", "Why? The owner is told.");
        if (why !== null) await this.act(`${url}/reject`, { reason: why });
      }));
    }
    all.push(button(both("姓名电话", "Who"), () => this.who(id), "quiet"));
    return all;
  }

  async act(path, body) {
    let row;
    try {
      row = await this.session.ask("POST", path, { body });
    } catch (error) {
      throw inWords(error);
    }
    this.take(row);
    this.place();
    this.reloadSoon();
    return row;
  }

  async who(id) {
    const why = await reason("为什么查看？会留痕。", "Why do you look? It is recorded.");
    if (why === null) return;
    const person = await this.session.ask("GET", `/v1/staff/bookings/${id}/person`, { query: { purpose: why } });
    this.cards.get(id)?.work.replaceChildren(make("p", { className: "row" }, make("strong", {}, person.name),
      make("a", { href: `tel:${person.phone}` }, person.phone), make("strong", {}, person.plate),
      button(both("收起", "Hide"), () => this.cards.get(id)?.work.replaceChildren(), "quiet")));
  }

  async battery(row) {
    const { work } = this.cards.get(row.booking.booking_id);
    const saved = () => this.reloadSoon();
    work.replaceChildren(await batteryForm(this.session, row.booking.booking_id, saved, () => work.replaceChildren()));
  }

  async print(id) {
    this.cards.get(id)?.work.replaceChildren(await labelLinks(this.session, id));
  }

  checkInForm() {
    const form = make("form", { className: "row" },
      make("label", { className: "field" }, ...both("到店码或车牌", "Code or plate"),
        make("input", { name: "plate", required: true, autocomplete: "off", maxLength: 96, data: { hint: "请扫描到店码，或输入车牌 / scan the code, or type the plate" } })),
      make("button", { type: "submit", className: "go" }, ...both("到店", "Check in")));
    join(form, async ({ plate }) => {
      const body = CODE.test(plate) ? { code: plate } : { plate };
      try {
        const row = await this.act(`/v1/staff/outlets/${this.outlet}/check-in`, body);
        say(`${row.plate} 已到店 / checked in`);
        form.reset();
      } catch (error) {
        error.field = "plate"; // one field takes both
        throw error;
      }
    });
    return form;
  }

  walkInForm() {
    const field = (label, name, more = {}) => make("label", { className: "field" }, ...both(...label),
      make("input", { name, required: true, autocomplete: "off", maxLength: 60, data: { private: "" }, ...more }));
    const form = make("form", {}, field(["姓名", "Name"], "name"), field(["手机号", "Phone"], "phone", { inputMode: "tel" }),
      field(["车牌", "Plate"], "plate"), make("button", { type: "submit", className: "go" }, ...both("登记到店", "Take in")));
    join(form, async (given, key) => {
      const row = await this.act(`/v1/staff/outlets/${this.outlet}/walk-ins`, { ...given, request_id: key });
      say(`${row.plate} 已登记到店 / taken in`);
      form.reset();
    });
    return form;
  }
}
