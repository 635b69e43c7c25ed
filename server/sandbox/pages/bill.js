// The page behind a payment's QR (/pay/{prepay_id}) or a transfer's link (/confirm/{bill}).

import { PAYMENT_STATES, TRANSFER_STATES, ask, make, yuan } from "/static/dom.js";

const [, kind, reference] = location.pathname.split("/");
const isPayment = kind === "pay";
const buttons = document.getElementById("buttons");

function show(bill) {
  const waiting = bill.state === (isPayment ? "NOTPAY" : "WAIT_USER_CONFIRM");
  document.getElementById("subject").textContent = isPayment ? bill.subject : bill.remark;
  document.getElementById("amount").textContent = yuan(bill.amount_fen);
  document.getElementById("state").textContent =
    (isPayment ? PAYMENT_STATES : TRANSFER_STATES)[bill.state] ?? bill.state;
  document.getElementById("state").classList.toggle("done", bill.state === "SUCCESS");
  buttons.replaceChildren(...(waiting ? choices(bill) : []));
}

function choices(bill) {
  return isPayment
    ? [button("支付 Pay", `/pay/orders/${bill.out_trade_no}/tap-pay`, "go")]
    : [button("确认收款 Confirm", `/transfers/${bill.out_bill_no}/tap-confirm`, "go"),
      button("拒收 Decline", `/transfers/${bill.out_bill_no}/tap-decline`, "no")];
}

function button(text, path, className) {
  return make("button", { type: "button", textContent: text, className, onclick: () => tap(path) });
}

async function tap(path) {
  for (const each of buttons.children) each.disabled = true;
  try {
    await ask("POST", path);
    complain(null);
  } catch (error) {
    complain(error);
  }
  await load();
}

function complain(error) {
  const place = document.getElementById("problem");
  place.hidden = error === null;
  place.textContent = error?.message ?? "";
}

async function load() {
  try {
    show(await ask("GET", `/bills/${kind}/${encodeURIComponent(reference)}`));
  } catch (error) {
    document.getElementById("subject").textContent = "";
    complain(error);
  }
}

load();
