// What the staff's desk (/staff) does not have yet: the page before it, panel by panel.

import { byId, make, say } from "/static/dom.js";
import { start, panels } from "/static/frame.js";
import { OutletDay } from "/static/staff-day.js";
import { Enterprises } from "/static/staff-enterprises.js";
import { StaffOrders } from "/static/staff-orders.js";
import { Outlets } from "/static/staff-outlets.js";
import { Papers } from "/static/staff-papers.js";
import { STEP, word } from "/static/words.js";

const STAFF = new Set(["operator", "reviewer", "finance", "outlet_staff", "admin"]);

function page({ session, realtime }) {
  const isStaff = session.person.roles.some((role) => STAFF.has(role));
  byId("not-staff").hidden = isStaff;
  byId("staff").hidden = !isStaff;
  if (!isStaff) {
    // The roles kept here may be older than those at the server.
    session.ask("GET", "/v1/me").then((person) => {
      session.meet(person);
      if (person.roles.some((role) => STAFF.has(role))) location.reload();
    }, (error) => say(error.message, "error"));
    return null;
  }
  const orders = new StaffOrders(session);
  const enterprises = new Enterprises(session);
  const outlets = new Outlets(session);
  const papers = new Papers(session);
  const day = new OutletDay(session, realtime);
  const parts = { orders, papers, day, enterprises, outlets };

  realtime.follow("staff", {
    snapshot: (snapshot) => {
      orders.snapshot(snapshot.orders ?? []);
    },
    event: (event) => heard(event),
    failed: (error) => say(error.message, "error"),
  });

  function heard(event) {
    if (event.type === "order_changed") {
      orders.take(event.order);
      ticker(event);
    }
    if (event.type === "booking_changed") papers.changed();
    if (event.type === "notice") say(`${event.zh} / ${event.en}`);
  }

  const leave = panels(Object.keys(parts), (name) => {
    for (const [key, part] of Object.entries(parts)) part.shown?.(key === name);
  });
  return () => {
    leave();
    for (const part of Object.values(parts)) part.shown?.(false);
  };
}

/** The last few things that happened, newest first. */
function ticker(event) {
  const place = byId("ticker");
  place.prepend(make("li", {}, make("code", {}, event.order.order_id), ` ${word(STEP, event.step)}`));
  while (place.children.length > 5) place.lastElementChild.remove();
}

start("staff", page, { why: "员工登录 / staff log in here" });
