// Draws one screen of the kiosk into #main, whole, from what the agent says.
"use strict";

const main = document.getElementById("main");
const CELL_STEPS = new Set(["door_opening", "door_open", "door_jammed", "parcel_inside", "parcel_taken", "scan_carrier", "choose_order"]);

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function title(texts) {
  const [first, second] = ordered(texts);
  const box = element("div", "title");
  box.append(element("h2", "", first), element("p", "second", second));
  return box;
}

function hint(texts) {
  const [first, second] = ordered(texts);
  return [element("p", "message", first), element("p", "second", second)];
}

function button(texts, className, onPress) {
  const [first, second] = ordered(texts);
  const made = element("button", className);
  made.type = "button";
  made.append(element("span", "", first), element("small", "", second));
  made.addEventListener("click", onPress);
  return made;
}

function qr(image, id) {
  if (!image) return element("div", "qr empty", inLine(NOT_ENABLED));
  const made = element("img", "qr");
  made.id = id;
  made.src = image;
  made.alt = "二维码 QR code";
  return made;
}

function cellNumber(cell) {
  const made = element("p", "cell", String(cell));
  made.append(element("small", "", language === "en" ? "cell" : "号格口"));
  return made;
}

function scanForm(act) {
  const form = element("form", "scan");
  const label = element("label", "", inLine(SCAN_HINT));
  const field = element("input");
  field.id = "scan";
  field.name = "scan";
  field.autocomplete = "off";
  field.maxLength = 256;
  label.htmlFor = "scan";
  const send = element("button", "main", ordered(OK)[0]);
  send.type = "submit";
  form.append(label, field, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = field.value.trim();
    field.value = "";
    if (value) act("scan", value);
  });
  return form;
}

// The visit's own orders, masked: last characters of the number, size, cell, and until when.
function orderList(orders, canChoose, act) {
  const list = element("div", "orders");
  for (const order of orders) {
    const line = element("button");
    line.type = "button";
    line.disabled = !canChoose;
    const size = SIZES[order.size] ? `${ordered(SIZES[order.size])[0]}` : order.size;
    const place = order.cell ? [size, language === "en" ? `cell ${order.cell}` : `${order.cell} 号`] : [size];
    const box = element("span", "label", ordered(orderLabel(order.label))[0]);
    if (order.until) box.append(element("small", "", inLine(until(clockTime(order.until)))));
    line.append(box, element("span", "where", place.join(" · ")));
    line.addEventListener("click", () => act("choose_order", order.order_id));
    list.append(line);
  }
  return list;
}

function clockTime(instant) {
  return new Date(instant).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
}

function drawWelcome(screen, { send }) {
  const left = element("div");
  left.append(qr(screen.qr && screen.qr.image, "qr"));
  const isOnline = screen.link === "up";
  const right = title(isOnline ? STEPS.welcome : OFFLINE);
  main.append(left, right);
  if (!isOnline) {
    const box = element("div", screen.takes_grants ? "invitation" : "");
    box.append(...hint(screen.takes_grants ? SHOW_CODE : NO_CODE));
    right.append(box);
    return;
  }
  if (screen.resting) return; // a wish is for a visit to come; the one before may still run
  const buttons = element("div", "buttons");
  for (const role of ["deposit", "pickup"]) {
    const pressed = screen.role_wanted === role;
    const made = button(ROLES[role], "", () => send({ type: "want", role: pressed ? null : role }));
    made.setAttribute("aria-pressed", String(pressed));
    buttons.append(made);
  }
  right.append(buttons);
  if (screen.role_wanted) right.append(element("p", "message", ordered(CHOSEN[screen.role_wanted])[0]));
}

function drawPay(screen) {
  const view = screen.view;
  const left = element("div");
  if (screen.pay_image) left.append(qr(screen.pay_image, "pay"));
  const text = words(view);
  const right = title(text.title);
  if (view.amount_fen !== null) right.append(element("p", "amount", `¥${yuan(view.amount_fen)}`));
  if (text.below) right.append(...hint(text.below));
  main.append(left, right);
}

function yuan(fen) {
  return `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
}

// The server's words say more than the step's own title where they come.
function words(view) {
  const own = STEPS[view.step] || [view.step, ""];
  const told = inBothLanguages(view.message);
  if (view.step === "door_open") {
    const below = told || (view.message ? [view.message, ""] : DOOR_HINTS[view.role] || ANY_DOOR_HINT);
    return { title: own, below: below };
  }
  if (told) return { title: told, below: null };
  return { title: own, below: view.message ? [view.message, ""] : null };
}

function drawStep(screen, cabinet, { act }) {
  const view = screen.view;
  const text = words(view);
  const actions = new Set(view.actions);
  const wanted = view.cell ? [view.cell] : view.orders.map((order) => order.cell).filter(Boolean);
  const picture = CELL_STEPS.has(view.step) ? drawCabinet(cabinet, wanted) : null;
  const box = picture ? element("div", "step") : main;
  if (picture) {
    const side = element("div", "side");
    side.append(picture);
    const where = view.cell ? whereOf(cabinet, view.cell) : null;
    if (where) side.append(element("p", "where", ordered(where)[0]));
    main.append(side, box);
  }
  main.toggleAttribute("data-cabinet", Boolean(picture));
  if (view.step === "done") box.append(element("p", "symbol", "✓"));
  if (view.step === "failed" || view.step === "door_jammed") box.append(element("p", "symbol bad", "!"));
  if (view.cell) box.append(cellNumber(view.cell));
  box.append(title(text.title));
  if (text.below) box.append(...hint(text.below));
  if (view.orders.length) box.append(orderList(view.orders, actions.has("choose_order"), act));
  if (actions.has("scan")) box.append(scanForm(act));
  box.append(actionButtons(actions, view.step, act));
}

function actionButtons(actions, step, act) {
  const buttons = element("div", "buttons");
  if (actions.has("choose_role")) {
    for (const role of ["deposit", "pickup"]) buttons.append(button(ROLES[role], "main", () => act("choose_role", role)));
  }
  for (const [action, texts] of Object.entries(ACTIONS)) {
    if (!actions.has(action)) continue;
    const shown = action === "open_again" && step === "choose_order" ? OPEN_FIRST : texts;
    buttons.append(button(shown, shown[2] ? "main" : "", () => act(action)));
  }
  return buttons;
}

// How far the visit has come; nothing before its role is known.
function drawWay(view) {
  const way = WAYS[view.role];
  const at = way ? PLACES[view.role][view.step] : undefined;
  const list = document.getElementById("way");
  list.hidden = at === undefined;
  if (list.hidden) return list.replaceChildren();
  list.replaceChildren(...way.map((texts, place) => {
    const item = element("li", place < at ? "past" : place === at ? "now" : "", ordered(texts)[0]);
    if (place === at) item.setAttribute("aria-current", "step");
    return item;
  }));
}

// Draw a screen; `hands` has `act` (within the visit), `send` (a frame) and `leave`.
function draw(screen, cabinet, hands) {
  const view = screen.view;
  main.replaceChildren();
  main.className = view.step;
  main.removeAttribute("data-cabinet");
  drawWay(view);
  if (view.step === "welcome") drawWelcome(screen, hands);
  else if (view.step === "pay") drawPay(screen);
  else drawStep(screen, cabinet, hands);
  if (view.step === "pay") main.append(actionButtons(new Set(view.actions), view.step, hands.act));
  const leave = view.actions.includes("leave") ? [button(LEAVE, "quiet", hands.leave)] : [];
  document.getElementById("leave-slot").replaceChildren(...leave);
  const field = document.getElementById("scan");
  if (field) field.focus();
}
