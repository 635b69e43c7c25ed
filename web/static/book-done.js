// What was booked: when and where, how the papers stand and may be mended; on its card the code
// for the outlet, the calendar file, moving and cancelling.

import { about } from "/static/book-outlets.js";
import { both, button, make } from "/static/dom.js";
import { Papers } from "/static/book-papers.js";
import { BookingList } from "/static/me-bookings.js";
import { send } from "/static/wire.js";

const PAPERS = {
  pending: ["工作人员会在到店前核对证件；如需更正会通知您，时段一直为您保留。", "Staff will look at your papers before you come. If something is to be mended you are told; the slot stays yours."],
  rejected: ["证件需要更正，时段仍为您保留；也可以到店时出示原件。", "Your papers are to be mended; the slot stays yours, and you may show the originals at the outlet."],
  accepted: ["证件已通过，到店请带原件。", "Your papers are accepted; please bring the originals."],
};

export class BookedCard extends BookingList {
  constructor(session, holder) {
    super(session, holder);
    this.id = null;
    this.booking = null;
  }

  async show(id) {
    this.id = id;
    this.booking = this.papers = null;
    if (!id) location.hash = "find";
    else await this.load();
  }

  read(event) {
    this.papers?.hear(event);
  }

  leave() {
    this.booking = null;
    this.papers = null;
  }

  async again() {
    if (this.booking) await this.load();
  }

  hear(booking) {
    if (this.booking?.booking_id === booking.booking_id && booking.version > this.booking.version) this.load();
  }

  async load() {
    try {
      const one = await this.session.ask("GET", `/v1/bookings/${this.id}`);
      if (one.state === "held") {
        location.replace(`#form/${one.booking_id}`);
        return;
      }
      this.outlet = await send("GET", `/v1/outlets/${one.outlet_id}`);
      if (one.booking_id !== this.id) return;
      this.booking = one;
      const typing = document.activeElement;
      this.holder.replaceChildren(make("h1", {}, this.outlet.name), make("ul", { className: "list" }, this.card(one)));
      if (typing?.dataset.read && typing.isConnected) typing.focus(); // its part was kept, and moved
    } catch (error) {
      this.holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
        button(both("重试", "Try again"), () => this.load())));
    }
  }

  /** The photos and what was read, to be looked at and mended as long as staff have not accepted. */
  mending(one) {
    const holder = make("details", { className: "paper", open: Boolean(this.papers) || one.papers === "rejected" },
      make("summary", {}, ...both("查看或更正证件", "See or mend your papers")), this.papers?.node);
    holder.ontoggle = async () => {
      if (!holder.open || this.papers) return;
      this.papers = new Papers(this.session, one.booking_id);
      holder.append(this.papers.node);
      await this.papers.load().catch((error) => holder.append(make("p", { className: "problem" }, error.message)));
    };
    return holder;
  }

  below(one) {
    const { outlet } = this;
    return [one.state === "booked" && PAPERS[one.papers] ? make("p", { className: "next" }, ...both(...PAPERS[one.papers])) : "",
      one.state === "booked" && one.papers !== "accepted" ? this.mending(one) : "",
      about(outlet), make("p", {}, make("a", { href: `tel:${outlet.phone.replaceAll("-", "")}` }, outlet.phone)),
      make("p", {}, make("a", { href: "/me#bookings" }, ...both("我的全部预约", "All my bookings")))];
  }
}
