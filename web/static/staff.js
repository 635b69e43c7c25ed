// What the staff's desk (/staff) does not have yet: the page before it, panel by panel.

import { byId, say } from "/static/dom.js";
import { start, panels } from "/static/frame.js";
import { Enterprises } from "/static/staff-enterprises.js";
import { Outlets } from "/static/staff-outlets.js";

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
  const enterprises = new Enterprises(session);
  const outlets = new Outlets(session);
  const parts = { enterprises, outlets };

  realtime.follow("staff", {
    event: (event) => {
      if (event.type === "notice") say(`${event.zh} / ${event.en}`);
    },
    failed: (error) => say(error.message, "error"),
  });

  const leave = panels(Object.keys(parts), (name) => {
    for (const [key, part] of Object.entries(parts)) part.shown?.(key === name);
  });
  return () => {
    leave();
    for (const part of Object.values(parts)) part.shown?.(false);
  };
}

start("staff", page, { why: "员工登录 / staff log in here" });
