// What a visit shows at each step. The door's steps are told by its sensor, never by a button.

import { both, button, make } from "/static/dom.js";
import { sure } from "/static/dialog.js";
import { codeSpot } from "/static/grants.js";
import { join } from "/static/forms.js";
import { deadline, heading } from "/static/orders.js";
import { PayPanel } from "/static/pay-panel.js";
import { PhotoField } from "/static/photos.js";
import { offerScan } from "/static/scan.js";
import { WaybillForm } from "/static/waybill.js";
import { send } from "/static/wire.js";

const DOOR_MS = 3000; // how long a door may be "opening" before its state is asked for again
const AT_DOOR = new Set(["depositing", "collecting"]);
const AT_WORK = new Set(["claimed", "collecting"]);

let drawn = ""; // what is on the page, so that a repeat does not wipe what is being typed
let stepTimer = null; // an interval or timeout of the step that is shown

/** Show the visit's present step in `holder`. */
export function draw(ctx, holder) {
  const { visit } = ctx;
  const state = JSON.stringify([visit.visit_id, visit.next, visit.role, visit.door, visit.current?.order_id,
    visit.current?.version, visit.orders.map((order) => [order.order_id, order.version]),
    visit.pay?.code, ctx.grants.of(visit.current?.order_id)?.grant_id]);
  if (state === drawn) return;
  drawn = state;
  clearTimeout(stepTimer);
  const nodes = atDoor(visit) ? door(ctx, visit.current) : STEPS[visit.next]?.(ctx) ?? unknown(visit);
  holder.replaceChildren(...[nodes].flat().filter(Boolean));
}

/** Something else was put on the page: the next `draw` draws whatever it is given. */
export function undraw() {
  drawn = "";
  clearTimeout(stepTimer);
}

/** Whether this person stands at a door now: depositing, collecting, or taking back. */
function atDoor({ current, door: state, next }) {
  if (!current?.placement || next === "done") return false;
  return AT_DOOR.has(current.custody) || (current.custody === "returning" && Boolean(state));
}

const STEPS = {
  log_in: () => make("p", { className: "empty" }, "…"),
  bind_phone: () => make("p", { className: "card" }, ...both("请先绑定手机号。", "Please bind a phone first.")),
  choose_role: chooseRole,
  fill_waybill: fillWaybill,
  choose_order: chooseOrder,
  deposit: chooseOrder,
  pay,
  certify: () => make("div", { className: "card" },
    make("p", {}, ...both("揽件前需要完成揽件员认证。", "Collecting needs a courier's certification first.")),
    make("a", { className: "button go", href: "/courier#certification" }, ...both("去认证", "Go to certification"))),
  pickup,
  take_back: ({ act, visit }) => make("div", { className: "card" }, ...heading(visit.current),
    button(both("开门取回", "Open and take it back"), () => act("take-back", { order_id: visit.current.order_id }), "go big")),
  done,
};

function unknown(visit) {
  return make("p", { className: "problem" }, `${visit.next}: 请刷新页面 / please reload the page`);
}

// --- who, and which parcel

function chooseRole(ctx) {
  return make("div", { className: "card" },
    make("h2", {}, ...both("您来做什么？", "What are you here for?")),
    make("p", { className: "row grow" },
      button(both("寄件", "Send a parcel"), () => ctx.act("role", { role: "deposit" }), "go big"),
      button(both("揽件", "Collect a parcel"), () => ctx.act("role", { role: "pickup" }), "go big")));
}

function fillWaybill(ctx) {
  const holder = make("div");
  const build = async () => {
    const form = new WaybillForm(ctx.session, {
      origin: await originOf(ctx.visit.terminal_id),
      draft: `lanjian.draft.waybill.${ctx.session.personId}`,
      placed: () => ctx.look(),
    });
    holder.replaceChildren(form.form);
  };
  build().catch((error) => holder.replaceChildren(make("p", { className: "problem" }, error.message, " ",
    button(both("重试", "Try again"), build))));
  return [make("p", { className: "hint" }, ...both("先填一张面单，再开格口。", "First a waybill, then a door opens.")), holder];
}

/** The terminal's region, or null: then the form asks where it is sent from. */
async function originOf(terminalId) {
  const { terminals } = await send("GET", "/v1/terminals", { query: { limit: 100 } });
  return terminals.find((terminal) => terminal.terminal_id === terminalId)?.region ?? null;
}

function chooseOrder(ctx) {
  const mine = ctx.visit.orders;
  const waiting = mine.filter((order) => order.custody === "placed");
  const inside = mine.filter((order) => ["deposited", "open", "returning"].includes(order.custody));
  return [
    waiting.length ? section("选择要存入的面单", "Which one do you deposit?", waiting.map((order) => line(order,
      button(both("存这件", "Deposit this"), () => ctx.act("order", { order_id: order.order_id }), "go")))) : null,
    inside.length ? section("取回我的件", "Take my parcel back", inside.map((order) => line(order, takeBack(ctx, order)))) : null,
    ctx.visit.role === "deposit" ? anotherWaybill(ctx) : null,
    otherRole(ctx),
  ];
}

function anotherWaybill(ctx) {
  const holder = make("div", {});
  const more = button(both("再填一张面单", "Fill in another waybill"), async () => {
    holder.replaceChildren(...[fillWaybill(ctx)].flat());
  });
  holder.append(more);
  return holder;
}

function takeBack(ctx, order) {
  return button(both("取回", "Take back"), async () => {
    if (!await sure("会打开格口，取出后退款。", "The door opens; the refund follows when you took it out.")) return;
    await ctx.act("take-back", { order_id: order.order_id });
  });
}

function otherRole(ctx) {
  if (!ctx.visit.roles.includes("courier") || !ctx.visit.roles.includes("customer")) return null;
  const other = ctx.visit.role === "deposit" ? "pickup" : "deposit";
  return button(other === "pickup" ? both("改为揽件", "Collect instead") : both("改为寄件", "Send instead"),
    () => ctx.act("role", { role: other }), "quiet");
}

function section(zh, en, lines) {
  return make("section", {}, make("h2", {}, ...both(zh, en)), make("ul", { className: "list" },
    lines.length ? lines : make("li", { className: "empty" }, "没有 / none")));
}

function line(order, ...more) {
  return make("li", { className: "card" }, ...heading(order), make("p", { className: "row" }, ...more));
}

// --- the door

function door(ctx, order) {
  const state = ctx.visit.door ?? "failed";
  const show = { opening, open, closed, failed }[state];
  return make("div", { className: `card door ${state}` },
    make("p", { className: "cell" }, String(order.placement.cell), make("small", {}, " 号格口 cell")),
    show(ctx, order));
}

function opening(ctx, order) {
  stepTimer = setInterval(() => ctx.look().catch(() => {}), DOOR_MS);
  return [make("h2", { role: "status" }, ...both("正在开门…", "The door is opening…")),
    make("p", { className: "row" }, codeSpot(ctx.grants, order.order_id))];
}

function failed(ctx, order) {
  return [make("h2", { role: "alert" }, ...both("门没有打开", "The door did not open")),
    make("p", { className: "row" }, doorButtons(ctx, order), codeSpot(ctx.grants, order.order_id))];
}

function open(ctx, order) {
  const back = order.custody === "collecting" && order.refusal;
  const text = order.custody === "depositing" ? both("门已打开：放入包裹，关好门", "Open: put the parcel in and close the door")
    : back ? both("门已打开：把包裹放回，关好门", "Open: put the parcel back and close the door")
      : both("门已打开：取出包裹，关好门", "Open: take the parcel out and close the door");
  return [make("h2", { role: "status" }, ...text), order.custody === "collecting" && !back ? refusal(ctx, order) : null];
}

function closed(ctx, order) {
  const inside = order.custody === "depositing";
  const question = inside ? both("门已关好。包裹放进去了吗？", "Closed. Is the parcel inside?")
    : both("门已关好。包裹取出来了吗？", "Closed. Is the parcel out?");
  const yes = inside ? both("是，已放入", "Yes, inside") : both("是，已取出", "Yes, taken out");
  return [make("h2", { role: "status" }, ...question), make("p", { className: "row" },
    button(yes, () => ctx.act("confirm", {}), "go big"), doorButtons(ctx, order)),
  order.custody === "collecting" && !order.refusal ? refusal(ctx, order) : null];
}

function doorButtons(ctx, order) {
  const { opens_left: left } = order.placement;
  const again = button(both(`再开一次（剩 ${left} 次）`, `Open again (${left} left)`), () => ctx.act("open-again", {}));
  again.disabled = left === 0 && order.custody === "depositing";
  return [again, order.custody === "depositing"
    ? button(both("换一个格口", "Another cell"), () => ctx.act("another-cell", {})) : null];
}

// --- paying

/** The same panel stays for as long as it is about the same code: a QR is not swapped under a scan. */
function pay(ctx) {
  const { current, pay: link } = ctx.visit;
  if (!link) return make("p", { className: "empty", role: "status" }, ...both("正在准备支付…", "Getting the payment ready…"));
  if (ctx.panel?.code !== link.code) {
    ctx.panel?.stop();
    ctx.panel = new PayPanel(link.code, { renew: () => ctx.look(), paid: () => ctx.look() });
    ctx.panel.start();
  } else {
    ctx.panel.soon();
  }
  return [make("div", { className: "card" }, make("h2", {}, ...both("已存入，请支付", "It is inside: please pay")),
    current ? heading(current) : null), ctx.panel.node];
}

// --- the courier's side

function pickup(ctx) {
  const { current } = ctx.visit;
  if (current && current.custody === "claimed") return bind(ctx, current);
  return toCollect(ctx, { evenIfNone: true });
}

function toCollect(ctx, { evenIfNone = false } = {}) {
  const won = ctx.visit.orders.filter((order) => AT_WORK.has(order.custody));
  return [won.length || evenIfNone ? section("选择要取的件", "Which one do you collect?", won.map((order) => line(order,
    order.pickup_until ? deadline(order.pickup_until, ["取件期限", "collect within"]) : null,
    button(both("取这件", "Collect this"), () => ctx.act("order", { order_id: order.order_id }), "go")))) : null, otherRole(ctx)];
}

function bind(ctx, order) {
  const form = make("form", { className: "card" }, ...heading(order),
    make("label", { className: "field" }, ...both("扫描或输入快递运单号", "Scan or type the carrier's waybill number"),
      make("input", { name: "carrier_waybill", required: true, autocomplete: "off", autocapitalize: "characters", maxLength: 128 })),
    make("button", { type: "submit", className: "go big" }, ...both("绑定并开门", "Bind it and open the door")),
    make("p", { className: "row" }, codeSpot(ctx.grants, order.order_id)));
  join(form, async (given, key) => {
    await ctx.session.ask("POST", `/v1/orders/${order.order_id}/carrier`, {
      key, body: { carrier_waybill: given.carrier_waybill, visit_id: ctx.visit.visit_id },
    });
    await ctx.look();
  });
  const number = form.elements.carrier_waybill;
  offerScan(form.querySelector(".row"), (scanned) => {
    number.value = scanned;
    number.dispatchEvent(new Event("input", { bubbles: true }));
  });
  setTimeout(() => number.focus()); // a scanner types where the cursor is
  return form;
}

function refusal(ctx, order) {
  const photo = make("div", { className: "field" }, make("span", {}, ...both("照片", "Photo")));
  const field = new PhotoField(ctx.session, photo);
  const form = make("form", {}, make("label", { className: "field" }, ...both("拒收原因", "Reason"),
    make("input", { name: "reason", required: true, maxLength: 200 })), photo,
  make("button", { type: "submit" }, ...both("拒收并放回", "Refuse and put it back")));
  join(form, async (given) => {
    const body = { reason: given.reason, photo_id: await field.id() };
    await ctx.session.ask("POST", `/v1/orders/${order.order_id}/refusal`, { body });
    await ctx.look();
  });
  return make("details", {}, make("summary", {}, ...both("验视不合格，拒收", "Refuse it after inspection")), form);
}

// --- the end

function done(ctx) {
  const { current, role } = ctx.visit;
  const others = role === "pickup" ? toCollect(ctx) : role === "deposit" ? chooseOrder(ctx) : null;
  return [make("div", { className: "card" }, make("h2", { role: "status" }, ...both("完成了", "Done")),
    current ? heading(current) : null,
    make("p", { className: "row" }, make("a", { className: "button go", href: role === "pickup" ? "/courier" : "/customer" },
      ...both("查看我的订单", "See my orders")))),
  ...[others].flat()];
}
