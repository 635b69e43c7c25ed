// An outlet's slots by day, with free places that change while one looks; pressing one holds it.

import { about } from "/static/book-outlets.js";
import { both, busy, button, make, say } from "/static/dom.js";
import { dayKey, dayName, hours, noon } from "/static/slot-times.js";
import { drawKey, send } from "/static/wire.js";

const DAYS = 31; // all that may be booked ahead
const UNKNOWN = new Set(["offline", "timeout", "unavailable", "outcome_unknown"]);

export class SlotPicker {
  constructor(session, realtime, holder) {
    this.session = session;
    this.realtime = realtime;
    this.holder = holder;
    this.outlet = null;
    this.day = null;
    this.keys = new Map(); // slot → the wish's id, the same until its outcome is known
  }

  leave() {
    if (this.outlet) this.realtime.unfollow(`slots:${this.outlet}`);
    this.outlet = null;
  }

  async show(outlet) {
    if (!outlet) {
      location.hash = "find";
      return;
    }
    if (this.outlet !== outlet) {
      this.leave();
      this.outlet = outlet;
      this.holder.replaceChildren(make("p", { className: "empty" }, "读取中… / loading"));
      this.realtime.follow(`slots:${outlet}`, {
        snapshot: ({ slots }) => slots?.forEach((count) => this.count(count)),
        event: (event) => {
          if (event.type === "slot_count") this.count(event);
          if (event.type === "slots_changed") this.load();
        },
      });
    }
    await this.load();
  }

  async load() {
    const outlet = this.outlet;
    this.heard = new Map(); // counts that came while the list was on its way are newer than it
    try {
      const [about, told, line] = await Promise.all([send("GET", `/v1/outlets/${outlet}`),
        send("GET", `/v1/outlets/${outlet}/slots`, { query: { days: DAYS } }),
        this.session.ask("GET", "/v1/waitlist")]);
      if (outlet !== this.outlet) return;
      this.waits = new Map(line.waits.map((one) => [one.slot_id, one]));
      this.draw(about, told);
    } catch (error) {
      if (outlet !== this.outlet) return;
      this.holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
        button(both("重试", "Try again"), () => this.load())));
    }
  }

  draw(outlet, { slots, closed_days: closed }) {
    this.slots = new Map(slots.map((slot) => [slot.slot_id, slot]));
    for (const [id, count] of this.heard) Object.assign(this.slots.get(id) ?? {}, count);
    this.days = new Map();
    for (const slot of slots) {
      const day = dayKey(slot.starts_at);
      this.days.set(day, [...(this.days.get(day) ?? []), slot]);
    }
    this.closed = new Map(closed.map((one) => [one.day, one.reason]));
    const names = [...new Set([...this.days.keys(), ...this.closed.keys()])].sort();
    if (!names.includes(this.day) || !this.days.has(this.day)) {
      this.day = names.find((day) => this.days.get(day)?.some((slot) => slot.free > 0)) ?? names[0] ?? null;
    }
    this.tabs = make("div", { className: "days scrolls", aria: { label: "日期 day" } }, names.map((day) => this.tab(day)));
    this.tabs.setAttribute("role", "group");
    this.places = make("ul", { className: "slots" });
    this.holder.replaceChildren(make("h1", {}, outlet.name), about(outlet),
      make("h2", {}, ...both("选择时间", "Choose a time")),
      names.length ? "" : make("p", { className: "empty" }, "近期没有可预约的时段，请致电网点 / nothing to book now; please call the outlet"),
      this.tabs, this.places);
    this.drawDay();
    this.tabs.querySelector("[aria-pressed=true]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }

  tab(day) {
    const made = make("button", { type: "button", data: { day } });
    made.onclick = () => {
      this.day = day;
      this.drawDay();
    };
    return made;
  }

  drawDay() {
    for (const tab of this.tabs.children) this.drawTab(tab);
    const slots = this.days.get(this.day) ?? [];
    const why = this.closed.get(this.day);
    this.places.replaceChildren(...(why && !slots.length ? [make("li", { className: "hint" }, why)] : slots.map((slot) => this.place(slot))));
  }

  drawTab(tab) {
    const { day } = tab.dataset;
    const free = (this.days.get(day) ?? []).reduce((sum, slot) => sum + slot.free, 0);
    const told = this.closed.has(day) && !this.days.has(day) ? "休 closed" : free ? `余 ${free}` : "约满 full";
    tab.setAttribute("aria-pressed", String(day === this.day));
    tab.replaceChildren(dayName(noon(day)), make("small", {}, told));
  }

  place(slot) {
    const time = make("strong", {}, hours(slot));
    const item = make("li", { data: { slot: slot.slot_id } });
    if (slot.free > 0) {
      item.append(button([time, make("span", { className: "free" }, `余 ${slot.free} `, make("small", {}, "free"))],
        () => this.hold(slot.slot_id), "slot"));
      return item;
    }
    const waiting = this.waits.get(slot.slot_id);
    item.append(make("div", { className: "slot full" }, time, make("span", { className: "soft" }, ...both("约满", "full")),
      button(waiting ? both(`候补第 ${waiting.ahead + 1} 位，退出`, "leave the line") : both("有空通知我", "Wait for it"),
        () => this.wait(slot.slot_id, Boolean(waiting)), "quiet")));
    return item;
  }

  /** A count that came over the socket: what stands there changes, nothing else is drawn anew. */
  count({ slot_id: id, free, capacity }) {
    this.heard?.set(id, { free, capacity });
    const slot = this.slots?.get(id);
    if (!slot || (slot.free === free && slot.capacity === capacity)) return;
    Object.assign(slot, { free, capacity });
    const tab = this.tabs?.querySelector(`[data-day="${dayKey(slot.starts_at)}"]`);
    if (tab) this.drawTab(tab);
    this.places?.querySelector(`[data-slot="${CSS.escape(id)}"]`)?.replaceWith(this.place(slot));
  }

  async hold(slot) {
    if (!this.keys.has(slot)) this.keys.set(slot, drawKey());
    try {
      const body = { slot_id: slot, request_id: this.keys.get(slot) };
      const held = await this.session.ask("POST", "/v1/bookings", { body });
      this.keys.delete(slot);
      location.hash = `form/${held.booking_id}`;
    } catch (error) {
      if (!UNKNOWN.has(error.code)) this.keys.delete(slot);
      if (error.code === "slot_full" || error.field === "slot_id") await this.load();
      throw error;
    }
  }

  async wait(slot, waiting) {
    const path = waiting ? "/v1/waitlist/leave" : "/v1/waitlist";
    const { waits } = await this.session.ask("POST", path, { body: { slot_id: slot } });
    this.waits = new Map(waits.map((one) => [one.slot_id, one]));
    say(waiting ? "已退出候补 / you wait no more" : "已加入候补，有空位会为您保留 15 分钟并通知您 / in line: a freed place is held for you and you are told");
    this.drawDay();
  }
}
