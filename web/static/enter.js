// The log-in as a page of its own: who is in lands on the home page.

import { Session } from "/static/sessions.js";
import { byId } from "/static/dom.js";
import { showLogIn } from "/static/login.js";
import { showServiceLine } from "/static/service-line.js";

const session = new Session("customer");

function turn() {
  if (session.personId) {
    location.replace("/");
    return;
  }
  byId("log-in").hidden = false;
  showLogIn(session, byId("log-in"));
}

session.addEventListener("changed", turn);
turn();
showServiceLine();
