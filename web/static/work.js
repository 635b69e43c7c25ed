// One won order on the courier's page, from the win to its finished waybill.

import { both, button, make, say, yuan } from "/static/dom.js";
import { sure } from "/static/dialog.js";
import { codeSpot } from "/static/grants.js";
import { fill, join } from "/static/forms.js";
import { deadline, facts, fullWaybill, heading } from "/static/orders.js";
import { PhotoField } from "/static/photos.js";
import { regionName } from "/static/regions.js";

const READABLE = new Set(["claimed", "collecting", "collected", "in_review"]);

const NEXT = {
  claimed: ["去终端扫码取件，或先打印标签", "go to the terminal and scan; you may print the label first"],
  collecting: ["在终端取件", "being collected at the terminal"],
  collected: ["寄出后上传面单", "send it off, then upload the finished waybill"],
  in_review: ["等待审核", "waiting for review"],
};

export function workCard(session, order, take, grants, before) {
  // What the person has opened stays open when the order moves on, as long as it may be read.
  const opened = READABLE.has(order.custody) ? before?.querySelector(".more") : null;
  const more = opened ?? make("div", { className: "more" });
  return make("li", { className: "card", data: { order: order.order_id } }, ...heading(order, { money: "payout" }),
    make("p", {}, ...both("收入", "pay"), " ", make("b", {}, yuan(order.pay_fen))),
    ...todo(order),
    order.custody === "claimed" && order.pickup_until ? deadline(order.pickup_until, ["取件期限", "collect within"]) : null,
    facts([["运单号 carrier waybill", order.carrier_waybill], ["拒收原因 refused", order.refusal]]),
    order.waits_for_terminal ? make("p", { className: "hint" }, ...both("柜机离线：联网确认后自动退回或更新",
      "The terminal is offline: this goes on when it is back")) : null,
    make("p", { className: "row" }, ...buttons(session, order, take, more), codeSpot(grants, order.order_id)), more,
    order.custody === "collected" ? finishedForm(session, order, take) : null);
}

/** What comes next; a waybill that came back from review says why. */
function todo(order) {
  if (order.custody === "collected" && order.rejection) {
    return [make("p", { className: "problem" }, ...both("审核未通过：", "sent back by the reviewer"), " ", make("b", {}, order.rejection)),
      make("p", { className: "next" }, ...both("请按原因修改后重新上传面单", "mend it and upload it again"))];
  }
  return NEXT[order.custody] ? [make("p", { className: "next" }, ...both(...NEXT[order.custody]))] : [];
}

function buttons(session, order, take, more) {
  const all = [];
  if (READABLE.has(order.custody)) {
    all.push(button(both("完整面单", "Full waybill"), async () => {
      more.replaceChildren(fullWaybill(await readWaybill(session, order)));
    }));
    all.push(button(both("打印标签", "Label PDF"), async () => {
      more.replaceChildren(...await labelLinks(session, order));
    }));
  }
  if (order.custody === "claimed" && !order.waits_for_terminal) all.push(handBack(session, order, take));
  if (order.custody === "collecting" && order.placement?.closed && !order.refusal) all.push(isOut(session, order, take));
  return all;
}

const readWaybill = (session, order) => session.ask("GET", `/v1/orders/${order.order_id}/waybill`);

/** The label is fetched with the token, which never goes into a URL; the links lead to the copy here. */
async function labelLinks(session, order) {
  const blob = await session.ask("GET", `/v1/orders/${order.order_id}/label.pdf`, { wanted: "blob" });
  const href = URL.createObjectURL(blob);
  setTimeout(() => URL.revokeObjectURL(href), 10 * 60_000);
  return [make("p", { className: "row" },
    make("a", { className: "button", href, target: "_blank" }, ...both("打开标签", "Open the label")),
    make("a", { className: "button", href, download: `${order.order_id}.pdf` }, ...both("下载", "Download")))];
}

function handBack(session, order, take) {
  return button(both("退回订单", "Hand back"), async () => {
    if (!await sure("退回后会重新派给其他揽件员。", "It will be offered to other couriers again.")) return;
    const after = await session.ask("POST", `/v1/orders/${order.order_id}/hand-back`, { body: {} });
    take(after);
    say(after.custody === "open" ? "已退回 / handed back"
      : "柜机离线，联网确认后自动退回 / the terminal is offline: it goes back when it has answered");
  });
}

/** The door was opened with an offline code, and the terminal has told of it since. */
function isOut(session, order, take) {
  return button(both("是，已取出", "Yes, taken out"), async () => {
    take(await session.ask("POST", `/v1/orders/${order.order_id}/confirm`, { body: {} }));
  }, "go");
}

function finishedForm(session, order, take) {
  const photo = make("div", { className: "field" }, make("span", {}, ...both("面单照片", "Photo of the waybill")));
  const field = new PhotoField(session, photo);
  const form = make("form", {},
    text("carrier", ["快递公司", "Carrier"], { placeholder: "顺丰 SF" }),
    text("number", ["运单号", "Waybill number"], { value: order.carrier_waybill ?? "" }),
    text("sender", ["寄件人", "Sender"]), text("recipient", ["收件人", "Recipient"]),
    text("phone", ["收件电话", "Phone"], { type: "tel" }), text("address", ["地址", "Address"]),
    text("weight", ["重量（克）", "Weight, grams"], { type: "number", min: 1, max: 50000, step: 1, data: { field: "weight_grams" } }),
    text("postage", ["运费（元）", "Postage, yuan"], { type: "number", min: 0, max: 10000, step: 0.01, data: { field: "postage_fen" } }),
    text("date", ["寄出日期", "Date"], { type: "date", value: today() }), photo,
    make("button", { type: "submit", className: "go" }, ...both("上传面单", "Upload")));
  const copy = button(both("从面单填入", "Fill from the waybill"), async () => fill(form, await copied(session, order)));
  form.prepend(make("p", { className: "row" }, copy));
  const draft = `lanjian.draft.finished.${order.order_id}`;
  join(form, async (given, key) => {
    const { weight, postage, ...rest } = given;
    const body = { ...rest, weight_grams: Number(weight), postage_fen: Math.round(Number(postage) * 100), photo_id: await field.id() };
    take(await session.ask("POST", `/v1/orders/${order.order_id}/finished`, { key, body }));
    say("已上传，等待审核 / uploaded; it waits for review");
  }, { draft });
  if (order.rejection) handedIn(session, order, form, field, draft);
  return make("details", { open: Boolean(order.rejection) }, make("summary", {}, ...both("上传完成的面单", "Upload the finished waybill")), form);
}

/** What was sent back is mended, not typed again: the fields and the photo of the last time. */
async function handedIn(session, order, form, photo, draft) {
  try {
    const { weight_grams: grams, postage_fen: fen, photo_id: id, ...rest } = await session.ask("GET", `/v1/orders/${order.order_id}/finished`);
    if (!localStorage.getItem(draft)) fill(form, { ...rest, weight: grams, postage: fen / 100 });
    await photo.use(id);
  } catch (error) {
    if (error.code !== "offline") say(error.message, "error");
  }
}

async function copied(session, order) {
  const waybill = await readWaybill(session, order);
  return {
    sender: waybill.sender_name, recipient: waybill.recipient_name, phone: waybill.recipient_phone,
    address: `${await regionName(waybill.region)} ${waybill.address}`,
  };
}

function today() {
  const now = new Date();
  return new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

function text(name, label, more = {}) {
  return make("label", { className: "field" }, ...both(...label),
    make("input", { name, required: true, autocomplete: "off", maxLength: 200, ...more }));
}
