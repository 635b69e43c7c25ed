// The courier's page: certification, duty, offers live, won orders with deadlines, earnings.

import { List, byId, say } from "/static/dom.js";
import { start, panels } from "/static/frame.js";
import { Grants, bareCard, refreshCodes } from "/static/grants.js";
import { CertificationPanel } from "/static/certification.js";
import { showEarnings } from "/static/earnings.js";
import { Payees } from "/static/payees.js";
import { Offers } from "/static/offers.js";
import { OrderBook, Cards } from "/static/orders.js";
import { Duty } from "/static/duty.js";
import { offerScan } from "/static/scan.js";
import { workCard } from "/static/work.js";
import { CERTIFICATION, word } from "/static/words.js";

const LOOK_EVERY_MS = 15_000; // whether staff have certified this courier meanwhile

function page({ session, realtime }) {
  // Those won: not own parcels, and not those handed back or lost to time.
  const book = new OrderBook((order) => order.pay_fen !== null && order.custody !== "open");
  const grants = new Grants(session);
  const cards = new Cards((order, before) => workCard(session, order, take, grants, before));
  const list = new List(byId("work"), { zh: "还没有接单", en: "no orders won yet" });
  const offers = new Offers({ session, realtime, won: (order) => { take(order); location.hash = "work"; } });
  offerScan(byId("scan")); // a kiosk's QR leads to its visit
  const duty = new Duty({ session, realtime, moved: (place) => offers.stand(place) });

  const payees = new Payees(session, () => showEarnings(session));
  const papers = new CertificationPanel(session, (state) => showState(state));

  let shown = null; // the certification on the page
  let met = false; // known as a courier: duty, offers and orders are being followed

  function draw() {
    // Codes of orders that cannot be looked up now: a basement, and the page opened there.
    const bare = grants.list().filter((grant) => grant.purpose === "collect" && !book.get(grant.order_id));
    list.items([...cards.of(book.list()), ...bare.map((grant) => bareCard(grants, grant))]);
    byId("work-count").textContent = book.list().filter((order) => order.custody === "claimed").length || "";
  }

  function take(order) {
    if (!book.apply(order)) return;
    draw();
    grants.lookSoon();
  }

  grants.addEventListener("changed", () => {
    draw();
    refreshCodes(grants, byId("work"));
  });

  async function loadWork() {
    list.loading();
    try {
      const { orders } = await session.ask("GET", "/v1/courier/orders");
      book.add(orders);
      draw();
    } catch (error) {
      if (error.code === "offline" && (book.list().length || grants.list().length)) draw();
      else list.failed(error, loadWork);
    }
  }

  async function loadPerson() {
    try {
      let person = await session.ask("GET", "/v1/me");
      if (!person.roles.includes("courier")) person = null;
      meet(person);
    } catch (error) {
      // Without a network this device still knows who works here, and has the offline codes.
      if (error.code === "offline" && session.person?.roles.includes("courier")) meet(session.person);
      else say(error.message, "error");
    }
  }

  function meet(person) {
    byId("join").hidden = person !== null;
    byId("working").hidden = person === null;
    if (!person) return;
    session.meet(person);
    showState(person.certification);
    if (met) return;
    met = true;
    if (location.hash.startsWith("#certification")) papers.show(location.hash.split("/")[1]);
    duty.meet();
    offers.follow();
    loadWork();
  }

  function showState(certification) {
    if (certification !== shown && shown !== null && location.hash.startsWith("#certification")) papers.show();
    shown = certification;
    const state = byId("certification-state");
    state.textContent = word(CERTIFICATION, certification);
    state.className = `chip ${certification}`;
    byId("not-certified").hidden = ["certified", "suspended", "expired"].includes(certification);
    byId("expired").hidden = certification !== "expired";
    byId("suspended").hidden = certification !== "suspended";
  }

  const become = byId("become");
  become.onclick = async () => {
    become.disabled = true;
    try {
      meet(await session.ask("POST", "/v1/courier"));
      say("已登记，等待认证 / you are listed; certification comes next");
    } catch (error) {
      say(error.message, "error");
    }
    become.disabled = false;
  };

  realtime.follow("me", {
    snapshot: (snapshot) => {
      book.add(snapshot.orders ?? []);
      draw();
    },
    event: (event) => {
      if (event.type === "order_changed") take(event.order);
      if (event.type === "notice") {
        say(`${event.zh} / ${event.en}`);
        if (!event.order_id) loadPerson(); // about the person: certification, suspension
      }
    },
  });
  const leave = panels(["offers", "work", "earnings", "certification"], (name, rest) => {
    if (name === "earnings") {
      showEarnings(session);
      payees.load();
    }
    if (name === "work") loadWork();
    if (name === "certification") papers.show(rest);
    if (name === "offers" && rest) offers.seek(rest);
  });
  loadPerson();
  // A changed standing ends the socket with a new token to get; it is also looked at now and then.
  const lookAgain = () => {
    if (realtime.live) grants.lookSoon();
    if (realtime.live && shown !== "certified") loadPerson();
  };
  const looking = setInterval(() => document.hidden || lookAgain(), LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", lookAgain);
  realtime.addEventListener("state", lookAgain);
  return () => {
    leave();
    clearInterval(looking);
    document.removeEventListener("visibilitychange", lookAgain);
    duty.end();
    offers.end();
  };
}

start("courier", page, { why: "揽件员登录 / couriers log in here" });

