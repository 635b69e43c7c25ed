// Staff of outlets: hours, special days and capacity of one's own outlets, and what lies outside.

import { both, button, byId, make, say, when } from "/static/dom.js";
import { join } from "/static/forms.js";

const KEEPERS = new Set(["operator", "outlet_staff", "admin"]);
const DAYS = [["周一", "Mon"], ["周二", "Tue"], ["周三", "Wed"], ["周四", "Thu"], ["周五", "Fri"], ["周六", "Sat"], ["周日", "Sun"]];
const CLOSED = "休息";
const HOUR = 3600;

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const written = (spans) => spans.map(({ opens, closes }) => `${clock(opens)}-${clock(closes)}`).join(" ") || CLOSED;

/** The server's rules that staff break most, in words. */
const RULES = {
  after_opens: "结束须晚于开始；跨夜请写两段：20:00-24:00 与 00:00-02:00 / a night is two spans",
  no_overlap: "两段时间重叠 / two spans overlap",
  minute_of_day: "时间须在 00:00 到 24:00 之间 / between 00:00 and 24:00",
  holds_a_slot: "比一个时段还短 / shorter than a slot",
  divides_the_day: "时段长度须为 10 到 480 分钟、5 的倍数并能整除一天 / must divide the day",
  current: "别人刚刚改过，请刷新后再改 / somebody changed it meanwhile: please reload",
  each_once: "同一天写了两次 / a day is there twice",
};

/** What is wrong with one field, in the shape in which a server's refusal is shown. */
function wrong(field, hint) {
  return Object.assign(new Error(hint), { field, hint });
}

/** Read "09:00-12:00 14:00-18:00", or that it is closed; the rules are the server's. */
function spansOf(text, field) {
  const words = text.split(/[\s,，、]+/).filter(Boolean);
  if (!words.length || words.join("") === CLOSED) return [];
  return words.map((word) => {
    const found = /^(\d{1,2})[:：](\d{2})[-–~至](\d{1,2})[:：](\d{2})$/.exec(word);
    if (!found) throw wrong(field, `格式：09:00-12:00 14:00-18:00，或“${CLOSED}” / such as 09:00-12:00 14:00-18:00`);
    const [, h, m, hh, mm] = found.map(Number);
    return { opens: 60 * h + m, closes: 60 * hh + mm };
  });
}

/** Read lines of a day, its hours and why: "2026-10-01 休息 国庆节". */
function specialDaysOf(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const found = /^(\d{4}-\d{2}-\d{2})\s+((?:\d{1,2}[:：]\d{2}[-–~至]\d{1,2}[:：]\d{2}[\s,，、]*)+|休息)\s*(\S.*)$/.exec(line);
    if (!found) throw wrong("special_days", `请写：2026-10-01 ${CLOSED} 国庆节（${line}）/ day, hours, reason`);
    return { day: found[1], spans: spansOf(found[2], "special_days"), reason: found[3] };
  });
}

export class Outlets {
  constructor(session) {
    this.session = session;
    this.holder = byId("outlets");
    this.keeps = session.person.roles.some((role) => KEEPERS.has(role));
    byId("outlets-tab").hidden = !this.keeps;
  }

  shown(now) {
    if (now && this.keeps) this.load().catch((error) => say(error.message, "error"));
  }

  async load() {
    const { outlets } = await this.session.ask("GET", "/v1/staff/outlets");
    const none = make("p", { className: "empty" }, ...both("没有您的网点", "No outlet is yours"));
    this.holder.replaceChildren(...(outlets.length ? outlets.map((one) => this.card(one)) : [none]));
  }

  card(outlet) {
    const { details, opening } = outlet;
    const state = opening.is_open ? ["营业中", "open"] : ["休息中", "closed"];
    const change = opening.changes_at ? ` → ${when(opening.changes_at)}` : "";
    const card = make("div", { className: "card" },
      make("h2", {}, details.name, " ", make("code", {}, outlet.outlet_id)),
      make("p", {}, make("span", { className: `chip ${opening.is_open ? "done" : ""}` }, ...both(...state)), change,
        outlet.active ? "" : make("strong", {}, " 未公开 hidden")),
      make("p", { className: "soft" }, `${details.address} · ${details.phone}`));
    const outside = make("div", {});
    card.append(make("details", {}, make("summary", {}, ...both("营业时间与名额", "Hours and capacity")), this.form(outlet, card)),
      button(both("日历之外的预约", "Bookings outside the calendar"), () => this.outside(outlet, outside)), outside);
    return card;
  }

  form(outlet, card) {
    const { calendar } = outlet;
    const field = (label, name, value, more = {}) => make("label", { className: "field" }, ...both(...label),
      make("input", { name, value, required: true, autocomplete: "off", ...more }));
    const days = make("textarea", { name: "special_days", rows: 4 });
    days.value = calendar.special_days.map((one) => `${one.day} ${written(one.spans)} ${one.reason}`).join("\n");
    const form = make("form", {},
      DAYS.map((label, day) => field(label, `week.${day}`, written(calendar.week[day]), { maxLength: 100 })),
      make("label", { className: "field" }, ...both("特殊日期：日期 时间 原因", "Special days: day, hours, reason"), days),
      field(["每时段名额", "Places in a slot"], "capacity", calendar.capacity, { type: "number", min: 1, max: 200 }),
      field(["时段长度（分钟）", "A slot's minutes"], "slot_minutes", calendar.slot_minutes, { type: "number", min: 10, max: 480, step: 5 }),
      field(["最晚取消（小时前）", "Cancel at least hours before"], "cancel_hours", calendar.cancel_before_seconds / HOUR,
        { type: "number", min: 0, max: 168, step: "any" }),
      make("button", { type: "submit", className: "go" }, ...both("保存", "Save")));
    join(form, async (given) => {
      const saved = await this.save(outlet, given);
      say("营业时间已保存 / saved");
      card.replaceWith(this.card(saved));
    });
    return form;
  }

  async save(outlet, given) {
    const body = {
      version: outlet.version,
      week: DAYS.map((_, day) => spansOf(given.week[day], `week.${day}`)),
      special_days: specialDaysOf(given.special_days),
      capacity: Number(given.capacity),
      slot_minutes: Number(given.slot_minutes),
      cancel_before_seconds: Math.round(Number(given.cancel_hours) * HOUR),
    };
    try {
      return await this.session.ask("PUT", `/v1/staff/outlets/${outlet.outlet_id}/calendar`, { body });
    } catch (error) {
      // The server names the span; here a day is one field.
      const day = /^week\[(\d)\]/.exec(error.field ?? "");
      if (day) error.field = `week.${day[1]}`;
      else if (/^special_days/.test(error.field ?? "")) error.field = "special_days";
      else if (error.field === "cancel_before_seconds") error.field = "cancel_hours";
      if (RULES[error.rule]) throw wrong(error.field, RULES[error.rule]);
      throw error;
    }
  }

  async outside(outlet, place) {
    const { bookings } = await this.session.ask("GET", `/v1/staff/outlets/${outlet.outlet_id}/outside`);
    place.replaceChildren(bookings.length
      ? make("ul", {}, bookings.map((one) => make("li", {}, make("code", {}, one.booking_id), ` ${when(one.starts_at)}`)))
      : make("p", { className: "hint" }, ...both("没有", "None")));
  }
}
