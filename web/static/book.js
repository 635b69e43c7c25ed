// Booking (预约): an outlet, a slot held while the form is filled, the form, what was booked.

import { BookedCard } from "/static/book-done.js";
import { BookingForm } from "/static/book-form.js";
import { OutletFinder } from "/static/book-outlets.js";
import { SlotPicker } from "/static/book-slots.js";
import { serverNow } from "/static/clock.js";
import { both, byId, make } from "/static/dom.js";
import { start, panels } from "/static/frame.js";
import { showServiceLine } from "/static/service-line.js";
import { dayTime } from "/static/slot-times.js";

function page({ session, realtime }) {
  const finder = new OutletFinder();
  const slots = new SlotPicker(session, realtime, byId("slots"));
  const form = new BookingForm(session, byId("form"));
  const booked = new BookedCard(session, byId("booked"));

  function opened(name, id) {
    if (name !== "slots") slots.leave();
    if (name !== "form") form.leave();
    if (name !== "booked") booked.leave();
    if (name === "find") finder.look();
    if (name === "slots") slots.show(id);
    if (name === "form") form.show(id);
    if (name === "booked") booked.show(id);
    underWay(session, name === "form" ? id : null);
  }

  realtime.follow("me", {
    snapshot: () => {
      form.again();
      booked.again();
    },
    event: (event) => {
      form.read(event);
      booked.read(event);
      if (event.type !== "booking_changed") return;
      form.hear(event.booking);
      booked.hear(event.booking);
    },
  });
  const stop = panels(["find", "slots", "form", "booked"], opened);
  return () => {
    stop();
    slots.leave();
    form.leave();
  };
}

/** A slot that is held for this person, also one offered from the waitlist, is never out of sight. */
async function underWay(session, shown) {
  const found = await session.ask("GET", "/v1/bookings").catch(() => ({ bookings: [] }));
  const held = found.bookings.filter((one) => one.state === "held"
    && one.booking_id !== shown && Date.parse(one.held_until) > serverNow());
  byId("under-way").replaceChildren(...held.map((one) => make("p", { className: "card next" },
    ...both("为您保留着", "held for you"), " ", dayTime(one.starts_at), " ",
    make("a", { className: "button go", href: `#form/${one.booking_id}` }, ...both("继续填写", "Go on")))));
}

start("customer", page, { why: "登录后预约 / log in to book" });
showServiceLine();
