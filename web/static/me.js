// The personal centre: own details, vehicles, bookings, and what becomes of one's data.

import { both, button, byId, make } from "/static/dom.js";
import { start, panels } from "/static/frame.js";
import { BookingList } from "/static/me-bookings.js";
import { MyData } from "/static/me-data.js";
import { Details } from "/static/me-details.js";
import { VehicleList } from "/static/me-vehicles.js";
import { showServiceLine } from "/static/service-line.js";

function page({ session }) {
  const parts = {
    details: new Details(session, byId("details")),
    vehicles: new VehicleList(session, byId("vehicles")),
    bookings: new BookingList(session, byId("bookings")),
    data: new MyData(session, byId("data")),
  };
  return panels(Object.keys(parts), (name) => load(parts[name]));
}

async function load(part) {
  try {
    await part.load();
  } catch (error) {
    part.holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
      button(both("重试", "Try again"), () => load(part))));
  }
}

start("customer", page, { why: "登录后查看个人中心 / log in to see your centre" });
showServiceLine();
