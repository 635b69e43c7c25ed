// The invoice of a paid order: a small form, correctable until it is issued.

import { both, button, make, when } from "/static/dom.js";
import { fill, join } from "/static/forms.js";
import { facts } from "/static/orders.js";
import { INVOICE, word } from "/static/words.js";

/** A place on the order's page that shows what was asked for, and the form behind a button. */
export function invoiceSpot(session, order) {
  const place = make("div", { className: "invoice" });
  if (order.charge !== "unpaid") load(session, order.order_id, place);
  return place;
}

async function load(session, id, place) {
  try {
    show(session, id, place, await session.ask("GET", `/v1/orders/${id}/invoice`));
  } catch {
    place.replaceChildren(); // the order itself is what was asked for
  }
}

function show(session, id, place, { invoice, may_ask: mayAsk }) {
  const nodes = [];
  if (invoice) {
    nodes.push(make("h3", {}, ...both("发票", "Invoice"), " ", make("b", { className: `chip ${invoice.state === "issued" ? "done" : invoice.state === "refused" ? "down" : "unpaid"}` }, word(INVOICE, invoice.state))),
      facts([["抬头 title", invoice.title], ["税号 taxpayer number", invoice.tax_number], ["邮箱 e-mail", invoice.email],
        ["申请 asked", when(invoice.requested_at)], ["说明 note", invoice.note]]));
  }
  if (mayAsk) {
    nodes.push(button(invoice ? both("修改发票信息", "Correct the invoice") : both("申请发票", "Ask for an invoice"),
      () => place.replaceChildren(form(session, id, place, invoice)), "quiet"));
  }
  place.replaceChildren(...nodes);
}

function form(session, id, place, invoice) {
  const kind = (value, ...label) => make("label", { className: "choice" },
    make("input", { type: "radio", name: "kind", value, checked: (invoice?.kind ?? "personal") === value }), make("span", {}, ...both(...label)));
  const field = (name, label, more) => make("label", { className: "field" }, ...both(...label), make("input", { name, ...more }));
  const tax = field("tax_number", ["税号", "Taxpayer number"], { maxLength: 30, required: true, autocomplete: "off", data: { hint: "企业发票需填税号 / companies have one" } });
  const made = make("form", { className: "card", id: "invoice-form" }, make("h3", {}, ...both("申请发票", "Invoice")),
    make("fieldset", {}, kind("personal", "个人", "personal"), kind("company", "企业", "company")),
    field("title", ["抬头", "Title"], { required: true, maxLength: 100 }), tax,
    field("email", ["收票邮箱", "E-mail"], { type: "email", required: true, maxLength: 120 }),
    make("p", { className: "row" }, make("button", { type: "submit", className: "go" }, ...both("提交", "Send")),
      button(both("返回", "Back"), () => load(session, id, place))));
  if (invoice) fill(made, invoice);
  const turn = () => { tax.hidden = made.elements.kind.value !== "company"; };
  made.addEventListener("change", turn);
  turn();
  join(made, async (values, key) => {
    const body = { kind: values.kind, title: values.title, email: values.email, tax_number: values.kind === "company" ? values.tax_number : "" };
    show(session, id, place, await session.ask("PUT", `/v1/orders/${id}/invoice`, { key, body }));
  });
  return made;
}
