// Own bookings: how each stands, into the calendar, cancelled until the outlet's cut-off.

import { arrivalButton } from "/static/arrival-code.js";
import { serverNow } from "/static/clock.js";
import { reason } from "/static/dialog.js";
import { both, button, make, say } from "/static/dom.js";
import { join } from "/static/forms.js";

const STATE = {
  held: ["正在填写", "being filled in"],
  booked: ["已预约", "booked"],
  checked_in: ["已到店", "checked in"],
  done: ["已完成", "done"],
  cancelled: ["已取消", "cancelled"],
  no_show: ["未到店", "not come"],
  rejected: ["已拒绝", "rejected"],
};

const PAPERS = {
  missing: ["证件未提交", "papers missing"],
  pending: ["证件审核中", "papers under review"],
  accepted: ["证件已通过", "papers accepted"],
  rejected: ["证件需更正", "papers to be mended"],
};

const OPEN = new Set(["held", "booked", "checked_in"]);

export class BookingList {
  constructor(session, holder) {
    this.session = session;
    this.holder = holder;
  }

  async load() {
    const { bookings } = await this.session.ask("GET", "/v1/bookings");
    const shown = bookings.filter((one) => one.state !== "held");
    this.holder.replaceChildren(make("h2", {}, ...both("我的预约", "My bookings")),
      make("ul", { className: "list" }, shown.length ? shown.map((one) => this.card(one))
        : make("li", { className: "empty" }, "还没有预约 / no bookings yet ", make("a", { href: "/book" }, ...both("去预约", "book one")))));
  }

  /** What else a card shows below; the page of one booking adds to it. */
  below() {
    return [];
  }

  card(one) {
    const actions = make("p", { className: "row" });
    if (one.state === "booked" || one.state === "no_show") actions.append(arrivalButton(this.session, one.booking_id));
    if (one.state === "booked") {
      actions.append(button(both("加入日历", "Add to calendar"), () => this.calendar(one), "go"));
      if (Date.parse(one.change_until) > serverNow()) {
        actions.append(button(both("改期", "Move"), () => this.slots(one, actions)),
          button(both("取消预约", "Cancel"), () => this.cancel(one)));
      }
    }
    return make("li", { className: "card" },
      make("p", { className: "row between" }, make("strong", {}, `${day(one.starts_at)} – ${ends(one.ends_at)}`),
        make("b", { className: `chip ${one.state}` }, ...both(...(STATE[one.state] ?? [one.state, ""])))),
      OPEN.has(one.state) ? make("p", { className: "soft" }, ...both(...(PAPERS[one.papers] ?? [one.papers, ""]))) : "",
      one.reason ? make("p", { className: "soft" }, one.reason) : "",
      make("p", { className: "soft" }, ...both("预约号", "booking"), " ", make("code", {}, one.booking_id)),
      one.state === "booked" ? make("p", { className: "soft" },
        ...both(`${day(one.change_until)} 前可取消或改期`, "until then it may be cancelled or moved")) : "",
      ...this.below(one), actions);
  }

  /** A calendar program gets a link of its own: it sends no token. */
  async calendar(one) {
    const link = await this.session.ask("POST", `/v1/bookings/${one.booking_id}/calendar-link`);
    location.assign(link.path);
  }

  /** The outlet's free slots to choose another from; the old one is let go after the new is claimed. */
  async slots(one, actions) {
    const { slots } = await this.session.ask("GET", `/v1/outlets/${one.outlet_id}/slots`);
    const free = slots.filter((slot) => slot.free > 0 && slot.slot_id !== one.slot_id);
    if (!free.length) {
      say("近期没有空闲时段 / no free slots in the next days");
      return;
    }
    const form = make("form", {},
      make("label", { className: "field" }, ...both("改到", "Move to"), make("select", { name: "slot_id" },
        free.map((slot) => make("option", { value: slot.slot_id }, `${day(slot.starts_at)} · 余 ${slot.free}`)))),
      make("p", { className: "row" }, make("button", { type: "submit", className: "go" }, ...both("确定改期", "Move it")),
        button(both("返回", "Back"), () => this.load())));
    join(form, async (given, key) => {
      await this.session.ask("POST", `/v1/bookings/${one.booking_id}/reschedule`,
        { body: { ...given, version: one.version, request_id: key } });
      say("预约已改期 / moved");
      await this.load();
    });
    actions.replaceWith(form);
  }

  async cancel(one) {
    const why = await reason("为什么取消？", "Why cancel?");
    if (why === null) return;
    await this.session.ask("POST", `/v1/bookings/${one.booking_id}/cancel`, { body: { reason: why } });
    say("预约已取消 / cancelled");
    await this.load();
  }
}

/** Outlets keep China's time, wherever the phone is. */
const ZONE = { timeZone: "Asia/Shanghai", hour12: false, hour: "2-digit", minute: "2-digit" };
const day = (instant) => new Date(instant).toLocaleString("zh-CN", { ...ZONE, month: "long", day: "numeric", weekday: "short" });
const ends = (instant) => new Date(instant).toLocaleTimeString("zh-CN", ZONE).replace(/^00:00$/, "24:00");
