// The sandbox phone: live SMS, payments and transfers of one number, and kiosks to scan.

import { PAYMENT_STATES, TRANSFER_STATES, ask, clock, make, wireName, yuan } from "/static/dom.js";

const REMEMBERED = "lanjian.sandbox.phone";
const FIRST_PHONE = "13800000001";
const KIOSKS_EVERY_MS = 3000;

const byId = (id) => document.getElementById(id);
const busy = new Set(); // paths whose answer we wait for: their buttons stay disabled
let phone = "";
let feed = null;
let state = null; // what the phone shows; null until the first event

function chosenPhone() {
  const inPath = location.pathname.match(/^\/phone\/(\d{5,15})$/);
  return inPath ? inPath[1] : localStorage.getItem(REMEMBERED) ?? FIRST_PHONE;
}

function use(number) {
  phone = number;
  state = null;
  localStorage.setItem(REMEMBERED, number);
  history.replaceState(null, "", `/phone/${number}`);
  byId("number").value = number;
  for (const id of ["messages", "payments", "transfers", "settled"]) {
    byId(id).replaceChildren(make("li", { className: "empty" }, "读取中… loading"));
  }
  feed?.close();
  feed = new EventSource(`/phone/${number}/events`);
  feed.onopen = () => link(true);
  feed.onerror = () => link(false);
  feed.onmessage = (event) => {
    link(true);
    state = JSON.parse(event.data);
    draw();
  };
}

function link(up) {
  byId("link").textContent = up ? "已连接 live" : "断线重连中… reconnecting";
  byId("link").classList.toggle("down", !up);
}

function complain(error) {
  byId("problem").hidden = !error;
  byId("problem").textContent = error?.message ?? "";
}

function fill(id, items, empty) {
  byId(id).replaceChildren(...(items.length ? items : [make("li", { className: "empty" }, empty)]));
}

function draw() {
  fill("messages", state.messages.map(smsItem), "还没有短信 no SMS yet");
  const unpaid = state.payments.filter((bill) => bill.state === "NOTPAY");
  const unconfirmed = state.transfers.filter((bill) => bill.state === "WAIT_USER_CONFIRM");
  fill("payments", unpaid.map(paymentItem), "没有待支付 nothing to pay");
  fill("transfers", unconfirmed.map(transferItem), "没有待确认 nothing to confirm");
  fill("settled", settledItems(), "还没有记录 nothing yet");
  const waiting = unpaid.length + unconfirmed.length;
  byId("waiting").hidden = waiting === 0;
  byId("waiting").textContent = waiting;
  drawChoices();
}

function drawChoices() {
  byId("numbers").replaceChildren(...state.phones.map((value) => make("option", { value })));
  byId("known").replaceChildren(...state.phones.slice(0, 6).map((number) => make("button", {
    type: "button", textContent: number, className: number === phone ? "chip on" : "chip",
    onclick: () => use(number),
  })));
  const select = byId("person");
  if (document.activeElement === select) return; // do not pull an open list from under a finger
  select.replaceChildren(
    make("option", { value: "", textContent: "所有人 everyone" }),
    ...state.people.map((value) => make("option", { value, textContent: value })),
  );
  select.value = state.person ?? "";
}

function smsItem(message) {
  return make("li", { className: "bubble" },
    make("span", { className: "text", textContent: message.text }),
    make("time", { textContent: clock(message.at) }));
}

function paymentItem(bill) {
  return billItem(bill, bill.subject, [
    tapButton("支付 Pay", `/pay/orders/${bill.out_trade_no}/tap-pay`, "go"),
  ]);
}

function transferItem(bill) {
  return billItem(bill, `${bill.remark} · ${bill.payee}`, [
    tapButton("确认收款 Confirm", `/transfers/${bill.out_bill_no}/tap-confirm`, "go"),
    tapButton("拒收 Decline", `/transfers/${bill.out_bill_no}/tap-decline`, "no"),
  ]);
}

function billItem(bill, text, buttons) {
  return make("li", { className: "card" },
    make("strong", { className: "sum", textContent: yuan(bill.amount_fen) }),
    make("span", { className: "text", textContent: text }),
    make("time", { textContent: [clock(bill.created_at), wireName(bill)].filter(Boolean).join(" · ") }),
    make("div", { className: "row buttons" }, ...buttons));
}

function settledItems() {
  const done = [
    ...state.payments.filter((bill) => bill.state !== "NOTPAY")
      .map((bill) => ({ ...bill, text: bill.subject, word: PAYMENT_STATES[bill.state] })),
    ...state.transfers.filter((bill) => bill.state !== "WAIT_USER_CONFIRM")
      .map((bill) => ({ ...bill, text: bill.remark, word: TRANSFER_STATES[bill.state] })),
  ].sort((one, other) => other.created_at.localeCompare(one.created_at));
  return done.map((bill) => make("li", { className: "line" },
    make("span", { className: "text", textContent: `${yuan(bill.amount_fen)} ${bill.text}` }),
    make("em", { textContent: bill.word ?? bill.state })));
}

function tapButton(text, path, className) {
  return make("button", {
    type: "button", textContent: text, className, disabled: busy.has(path), onclick: () => tap(path),
  });
}

async function tap(path) {
  busy.add(path);
  draw();
  try {
    await ask("POST", path);
    complain(null);
  } catch (error) {
    complain(error);
  }
  busy.delete(path);
  draw(); // the new state comes by the feed
}

// --- 扫一扫 scan

const shownLinks = new Map(); // kiosk number → the QR's URL drawn now, so a picture loads once

async function lookAtKiosks() {
  try {
    const { kiosks } = await ask("GET", "/kiosks");
    drawKiosks(kiosks);
  } catch (error) {
    shownLinks.clear();
    fill("kiosks", [], error.message);
  }
}

function drawKiosks(kiosks) {
  const items = kiosks.map((kiosk) => {
    const known = document.getElementById(`kiosk-${kiosk.number}`);
    const showing = kiosk.online ? kiosk.qr_url ?? "" : "off";
    if (known && shownLinks.get(kiosk.number) === showing) return known;
    shownLinks.set(kiosk.number, showing);
    return kioskItem(kiosk);
  });
  const same = items.length > 0 && items.every((item, at) => byId("kiosks").children[at] === item);
  if (!same) fill("kiosks", items, "没有终端（用 --kiosk 指定）no kiosks (name them with --kiosk)");
}

function kioskItem(kiosk) {
  const name = make("strong", { textContent: kiosk.name || kiosk.terminal_id || kiosk.url });
  const item = make("li", { className: "card kiosk", id: `kiosk-${kiosk.number}` }, name);
  if (!kiosk.online || !kiosk.qr_url) {
    item.append(make("span", { className: "empty", textContent: kiosk.online
      ? "此刻没有二维码 shows no QR now" : "终端没有回应 does not answer" }));
    return item;
  }
  const picture = make("img", { src: kiosk.qr_image ?? "", alt: "二维码 QR", width: 180, height: 180 });
  item.append(
    make("a", { href: `/kiosks/${kiosk.number}/scan`, target: "_blank", rel: "noopener",
      className: "qr" }, picture, make("span", { textContent: "扫一扫 Scan" })));
  return item;
}

// --- tabs

let looking = null; // the kiosk timer, while the scan tab is open

function open(tab) {
  for (const button of document.querySelectorAll("[data-tab]")) {
    button.classList.toggle("on", button.dataset.tab === tab);
    button.setAttribute("aria-pressed", String(button.dataset.tab === tab));
  }
  for (const panel of document.querySelectorAll("[data-panel]")) {
    panel.hidden = panel.dataset.panel !== tab;
  }
  clearInterval(looking);
  if (tab === "scan") {
    lookAtKiosks();
    looking = setInterval(lookAtKiosks, KIOSKS_EVERY_MS);
  }
  location.hash = tab;
}

for (const button of document.querySelectorAll("[data-tab]")) {
  button.onclick = () => open(button.dataset.tab);
}
byId("chooser").onsubmit = (event) => {
  event.preventDefault();
  use(byId("number").value.trim());
};
byId("person").onchange = async () => {
  try {
    await ask("POST", `/phone/${phone}/person`, { person: byId("person").value || null });
    byId("person").blur();
    complain(null);
  } catch (error) {
    complain(error);
  }
};

const tabs = ["messages", "wallet", "scan"];
const asked = location.hash.slice(1);
use(chosenPhone());
open(tabs.includes(asked) ? asked : "messages");
