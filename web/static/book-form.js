// The form of a held slot: who comes with which car, the two photos, what was read off them.

import { Papers } from "/static/book-papers.js";
import { secondsUntil } from "/static/clock.js";
import { both, button, make, say, span } from "/static/dom.js";
import { join } from "/static/forms.js";
import { dayName, hours } from "/static/slot-times.js";
import { send } from "/static/wire.js";

const DRAFT = "lanjian.draft.booking"; // of the person, not of one hold: it outlives a lost hold
const LATE_SECONDS = 120;
const OTHER = ""; // no vehicle of the list: the plate is typed

const PHONE = "\\s*(?:\\+86)?[\\s\\-]*1[\\s\\-]*[3-9](?:[\\s\\-]*[0-9]){9}\\s*";
const NAME = "\\s*(?:[\\u3400-\\u9fff\\u{20000}-\\u{323af}·•‧・.．]{2,30}|[A-Za-z][A-Za-z .'\\-]{1,59})\\s*";
const PLATE = "\\s*[\\u4e00-\\u9fff]\\s*[A-Za-z][\\s·•.\\-]*(?:[A-Za-z0-9][\\s·•.\\-]*){4,5}[A-Za-z0-9\\u4e00-\\u9fff]\\s*";

export class BookingForm {
  constructor(session, holder) {
    this.session = session;
    this.holder = holder;
    this.booking = null;
    this.timer = null;
  }

  leave() {
    clearInterval(this.timer);
    this.booking = this.papers = this.form = this.clock = null;
    this.holder.replaceChildren();
  }

  async show(id) {
    if (!id) {
      location.hash = "find";
      return;
    }
    this.leave();
    this.holder.replaceChildren(make("p", { className: "empty" }, "读取中… / loading"));
    try {
      const booking = await this.session.ask("GET", `/v1/bookings/${id}`);
      const papers = new Papers(this.session, id, { uploading: () => this.uploading(), changed: (view) => this.suggest(view) });
      const [outlet, { vehicles }] = await Promise.all([send("GET", `/v1/outlets/${booking.outlet_id}`),
        this.session.ask("GET", "/v1/me/vehicles"), papers.load()]);
      this.draw(booking, outlet, vehicles, papers);
    } catch (error) {
      this.holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
        button(both("重试", "Try again"), () => this.show(id))));
    }
  }

  /** The connection is back: what was missed is asked for. */
  async again() {
    if (!this.booking) return;
    this.papers?.load().catch(() => {});
    this.hear(await this.session.ask("GET", `/v1/bookings/${this.booking.booking_id}`).catch(() => this.booking));
  }

  read(event) {
    this.papers?.hear(event);
  }

  hear(booking) {
    if (booking.booking_id !== this.booking?.booking_id || booking.version <= this.booking.version) return;
    this.booking = booking;
    if (booking.state === "held") this.tick();
    else this.over();
  }

  draw(booking, outlet, vehicles, papers) {
    Object.assign(this, { booking, papers });
    if (booking.state !== "held" || secondsUntil(booking.held_until) <= 0) {
      this.over();
      return;
    }
    this.clock = make("b", { role: "timer" });
    this.longer = button(both("再留几分钟", "A few minutes more"), () => this.holdLonger(), "quiet");
    this.bar = make("div", { className: "card held-until" },
      make("span", {}, make("strong", {}, `${dayName(booking.starts_at)} ${hours(booking)}`), make("br"),
        make("small", {}, outlet.name)),
      make("span", {}, ...both("为您保留", "held for"), " ", this.clock), this.longer,
      button(both("放弃", "Give up"), () => this.giveUp(), "quiet"));
    this.form = this.made(vehicles);
    this.holder.replaceChildren(this.bar, this.form);
    this.suggest(papers.view);
    this.tick();
    this.timer = setInterval(() => this.tick(), 500);
  }

  made(vehicles) {
    const plate = field("plate", ["车牌号", "Plate"], { pattern: PLATE, autocomplete: "off", maxLength: 16,
      placeholder: "粤BD12345", data: { hint: "请填写车牌号，如 粤BD12345 / a licence plate such as 粤BD12345" } });
    const which = vehicles.length ? make("label", { className: "field" }, ...both("车辆", "Vehicle"),
      make("select", { name: "vehicle_id" }, vehicles.map((one) => make("option", { value: one.vehicle_id }, `${one.masked_plate} ${one.model}`)),
        make("option", { value: OTHER }, "其他车辆，填写车牌 / another: type its plate"))) : null;
    const form = make("form", { className: "card" },
      make("h2", {}, ...both("预约信息", "Your booking")),
      field("name", ["真实姓名", "Real name"], { pattern: NAME, autocomplete: "name", required: true, maxLength: 60,
        data: { hint: "请填写真实姓名（2–30 个汉字或英文）/ your real name" } }),
      field("phone", ["手机号", "Mobile"], { type: "tel", pattern: PHONE, autocomplete: "tel", inputMode: "tel", required: true,
        placeholder: "13800000001", data: { hint: "请填写 11 位手机号 / your 11-digit phone number" } }),
      which, plate, make("h2", {}, ...both("证件照片", "Papers")),
      make("p", { className: "hint" }, ...both("照片会自动识别，请核对识别结果；看不清也可以预约，工作人员会核对。",
        "What is on them is read for you to check. Unreadable photos do not stop the booking: staff will look.")),
      this.papers.node,
      make("button", { type: "submit", className: "go big" }, ...both("提交预约", "Book it")));
    const choose = () => {
      const typed = !which || form.elements.vehicle_id.value === OTHER;
      plate.hidden = !typed;
      form.elements.plate.required = typed;
    };
    join(form, (given) => this.book(given), { draft: DRAFT, keep: sessionStorage, onInput: choose });
    choose();
    return form;
  }

  /** What was read off the papers goes into fields that are still empty. */
  suggest(view) {
    if (!this.form?.isConnected) return;
    for (const [kind, name] of [["id_card", "name"], ["vehicle_licence", "plate"]]) {
      const sheet = view.sheets.find((one) => one.kind === kind);
      const text = { ...sheet?.read, ...sheet?.corrected }[name];
      const input = this.form.elements[name];
      if (!text || input.value || document.activeElement === input) continue;
      input.value = text;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  async book(given) {
    const vehicle = given.vehicle_id ? { vehicle_id: given.vehicle_id } : { plate: given.plate };
    const body = { name: given.name, phone: given.phone, ...vehicle, ...this.papers.photos(),
      consent_version: this.papers.view.consent_version };
    try {
      const booked = await this.session.ask("POST", `/v1/bookings/${this.booking.booking_id}/book`, { body });
      say("预约成功 / booked");
      location.hash = `booked/${booked.booking_id}`;
    } catch (error) {
      if (error.code === "hold_over") this.over();
      if (error.field === "plate" && given.vehicle_id) error.field = "vehicle_id";
      throw error;
    }
  }

  /** Photos take long on a slow phone: the hold's one prolonging is used before it is too late. */
  uploading() {
    const { booking } = this;
    if (booking && !booking.held_longer && secondsUntil(booking.held_until) < LATE_SECONDS) this.holdLonger().catch(() => {});
  }

  async holdLonger() {
    this.hear(await this.session.ask("POST", `/v1/bookings/${this.booking.booking_id}/longer`));
    say("已延长 / held longer");
  }

  async giveUp() {
    const { booking } = this;
    await this.session.ask("POST", `/v1/bookings/${booking.booking_id}/give-up`);
    location.hash = `slots/${booking.outlet_id}`;
  }

  tick() {
    if (!this.booking || !this.clock) return;
    const left = secondsUntil(this.booking.held_until);
    if (left <= 0) {
      this.over();
      return;
    }
    this.clock.textContent = span(left);
    this.bar.classList.toggle("late", left < LATE_SECONDS);
    this.longer.hidden = this.booking.held_longer || left > 3 * LATE_SECONDS;
  }

  /** Held no more: booked (elsewhere, too), or the time ran out. What was typed is kept. */
  over() {
    const { booking } = this;
    clearInterval(this.timer);
    if (!booking) return; // the page went on already
    if (["booked", "checked_in", "done"].includes(booking.state)) {
      location.replace(`#booked/${booking.booking_id}`);
      return;
    }
    this.holder.replaceChildren(make("div", { className: "card" },
      make("p", { className: "problem" }, ...both("保留时间已过，这个时段已放开。您填写的内容还在。",
        "The time ran out and the slot is free again. What you typed is kept.")),
      make("p", {}, make("a", { className: "button go", href: `#slots/${booking.outlet_id}` }, ...both("重新选时间", "Choose a time again")))));
  }
}

function field(name, [zh, en], more) {
  return make("label", { className: "field" }, ...both(zh, en), make("input", { name, ...more }));
}
