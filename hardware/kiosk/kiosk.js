// The kiosk page: draws what the agent says, sends what the person presses or scans.
// It holds no truth of its own; every screen comes whole from the agent on loopback.
"use strict";

const STEPS = {
  welcome: ["微信扫码，寄件或揽件", "Scan with WeChat to send or collect"],
  on_phone: ["请在手机上继续", "Please continue on your phone"],
  choose_role: ["您要寄件还是揽件？", "Send a parcel, or collect?"],
  choose_order: ["请选择订单", "Please choose an order"],
  scan_carrier: ["请扫描快递面单", "Scan the carrier's waybill"],
  door_opening: ["正在开门", "Opening the door"],
  door_open: ["门已打开", "The door is open"],
  parcel_inside: ["包裹放好了吗？", "Is the parcel inside?"],
  parcel_taken: ["包裹取出了吗？", "Have you taken the parcel?"],
  door_jammed: ["门没有打开", "The door did not open"],
  pay: ["请扫码付款", "Scan to pay"],
  done: ["完成，谢谢！", "Done, thank you"],
  failed: ["没有成功", "That did not work"],
};

const OFFLINE = ["终端离线", "The terminal is offline"];
const SHOW_CODE = ["可出示离线码揽件或寄件", "Show your offline code to the scanner to collect or send"];
const NO_CODE = ["暂时不能开门，请稍后再来", "Doors cannot be opened now, please come back later"];

const DOOR_HINTS = {
  deposit: ["请放入包裹，然后关好门", "Put the parcel in, then close the door"],
  pickup: ["请取出包裹，然后关好门", "Take the parcel out, then close the door"],
};
const ANY_DOOR_HINT = ["用完请关好门", "Please close the door when you are done"];

const ACTIONS = {
  confirm_inside: ["放好了", "Yes, it is inside", true],
  confirm_taken: ["取出了", "Yes, I have it", true],
  open_again: ["再次开门", "Open again", false],
  another_cell: ["换一个格口", "Another cell", false],
};

const ROLES = { deposit: ["寄件", "Send"], pickup: ["揽件", "Collect"] };

const LINKS = {
  up: "在线 Online",
  down: "离线 Offline",
  pending: "待启用 Pending",
  refused: "服务器拒绝 Refused",
  replaced: "已被替代 Replaced",
};

const byId = (id) => document.getElementById(id);
const main = byId("main");

let socket = null;
let screenNow = null; // the last screen from the agent
let drawnKey = ""; // what the drawing depends on, without QR image and time
let deadline = 0; // when the running view expires, by performance.now()
let toastTimer = 0;
let noticeNumber = 0; // the last notice that was shown
let reconnectDelay = 250;

// Drawing

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function title(texts) {
  const box = element("div");
  box.append(element("h2", "", texts[0]), element("p", "english", texts[1]));
  return box;
}

function button(texts, className, onPress) {
  const made = element("button", className);
  made.type = "button";
  made.append(element("span", "", texts[0]), element("small", "", texts[1]));
  made.addEventListener("click", onPress);
  return made;
}

function qr(image, id) {
  if (!image) return element("div", "qr empty", "终端未启用 Not yet in service");
  const made = element("img", "qr");
  made.id = id;
  made.src = image;
  made.alt = "二维码 QR code";
  return made;
}

function cellNumber(cell) {
  const made = element("p", "cell", String(cell));
  made.append(element("small", "", "号格口"));
  return made;
}

function scanForm(hint) {
  const form = element("form", "scan");
  const label = element("label", "", hint);
  const field = element("input");
  field.id = "scan";
  field.name = "scan";
  field.autocomplete = "off";
  field.maxLength = 256;
  label.htmlFor = "scan";
  const send = element("button", "main", "确定");
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

function orderList(orders, canChoose) {
  const list = element("div", "orders");
  for (const order of orders) {
    const line = element("button");
    line.type = "button";
    line.disabled = !canChoose;
    const where = order.cell ? `${order.size} · ${order.cell} 号` : order.size;
    line.append(element("span", "", order.label), element("span", "where", where));
    line.addEventListener("click", () => act("choose_order", order.order_id));
    list.append(line);
  }
  return list;
}

function drawWelcome(screen) {
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
  const buttons = element("div", "buttons");
  for (const role of ["deposit", "pickup"]) {
    const pressed = screen.role_wanted === role;
    const made = button(ROLES[role], "", () => send({ type: "want", role: pressed ? null : role }));
    made.setAttribute("aria-pressed", String(pressed));
    buttons.append(made);
  }
  right.append(buttons);
  if (screen.role_wanted) {
    right.append(element("p", "message", `已选${ROLES[screen.role_wanted][0]}，请扫码`));
  }
}

function drawPay(screen) {
  const view = screen.view;
  const left = element("div");
  if (screen.pay_image) left.append(qr(screen.pay_image, "pay"));
  const text = words(view);
  const right = title(text.title);
  if (view.amount_fen !== null) {
    right.append(element("p", "amount", `¥${yuan(view.amount_fen)}`));
  }
  if (text.below) right.append(...hint(text.below));
  main.append(left, right);
}

// The server's words, "中文 / English", say more than the step's own title where they come.
function inBothLanguages(message) {
  const at = message ? message.indexOf(" / ") : -1;
  return at < 0 ? null : [message.slice(0, at), message.slice(at + 3)];
}

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

function drawStep(screen) {
  const view = screen.view;
  const text = words(view);
  const actions = new Set(view.actions);
  if (view.step === "done") main.append(element("p", "symbol", "✓"));
  if (view.step === "failed" || view.step === "door_jammed") {
    main.append(element("p", "symbol bad", "!"));
  }
  if (view.cell) main.append(cellNumber(view.cell));
  main.append(title(text.title));
  if (text.below) main.append(...hint(text.below));
  if (view.orders.length) main.append(orderList(view.orders, actions.has("choose_order")));
  if (actions.has("scan")) main.append(scanForm("请对准扫码枪，或输入后按确定 Scan, or type and press OK"));
  main.append(actionButtons(actions, view.step));
}

function hint(texts) {
  return [element("p", "message", texts[0]), element("p", "english", texts[1])];
}

function actionButtons(actions, step) {
  const buttons = element("div", "buttons");
  if (actions.has("choose_role")) {
    for (const role of ["deposit", "pickup"]) {
      buttons.append(button(ROLES[role], "main", () => act("choose_role", role)));
    }
  }
  for (const [action, texts] of Object.entries(ACTIONS)) {
    if (!actions.has(action)) continue;
    const isFirstOpening = action === "open_again" && step === "choose_order";
    const shown = isFirstOpening ? ["开门", "Open the door", true] : texts;
    buttons.append(button(shown, shown[2] ? "main" : "", () => act(action)));
  }
  return buttons;
}

function draw(screen) {
  const view = screen.view;
  main.replaceChildren();
  main.className = view.step;
  if (view.step === "welcome") drawWelcome(screen);
  else if (view.step === "pay") drawPay(screen);
  else drawStep(screen);
  if (view.step === "pay") main.append(actionButtons(new Set(view.actions), view.step));
  const leave = view.actions.includes("leave") ? [button(["退出", "Leave"], "quiet", () => act("leave"))] : [];
  byId("leave-slot").replaceChildren(...leave);
  const field = byId("scan");
  if (field) field.focus();
}

function show(screen) {
  screenNow = screen;
  deadline = screen.expires_in_seconds === null ? 0 : performance.now() + screen.expires_in_seconds * 1000;
  byId("name").textContent = screen.name;
  byId("terminal").textContent = screen.terminal_id;
  const key = JSON.stringify(
    [screen.view, screen.link, screen.role_wanted, Boolean(screen.qr), screen.takes_grants]);
  if (key !== drawnKey) {
    drawnKey = key;
    draw(screen);
  }
  const image = byId("qr");
  if (image && screen.qr && image.src !== screen.qr.image) image.src = screen.qr.image;
  showLink(screen.link, screen.link_message, screen.takes_grants);
  const troubles = byId("troubles");
  troubles.hidden = screen.troubles.length === 0;
  troubles.textContent = screen.troubles.join(" · ");
  if (isRefusal(screen)) byId("toast").hidden = true; // the screen says it all
  else if (screen.notice && screen.notice.number !== noticeNumber) toast(screen.notice.message);
  noticeNumber = screen.notice ? screen.notice.number : noticeNumber;
  tick();
}

function showLink(link, message, takesGrants) {
  const badge = byId("link");
  badge.textContent = LINKS[link] || link;
  badge.className = `link ${link}`;
  const banner = byId("banner");
  banner.hidden = link === "up";
  const left = takesGrants ? "可用离线码开门 Offline codes open doors" : "暂时不能开门 Doors cannot be opened now";
  banner.textContent = message ? `${message} · ${left}` : "";
  for (const made of main.querySelectorAll("button, input")) {
    if (screenNow && screenNow.view.step !== "welcome") made.disabled = link !== "up" || made.disabled;
  }
}

// The agent's own screen already says why a scan was refused.
function isRefusal(screen) {
  return screen !== null && screen.local && screen.view.step === "failed";
}

function toast(text) {
  const made = byId("toast");
  made.textContent = text;
  made.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { made.hidden = true; }, 5000);
}

function tick() {
  byId("clock").textContent = new Date().toLocaleTimeString("zh-CN", { hour12: false });
  const left = deadline ? Math.max(0, Math.ceil((deadline - performance.now()) / 1000)) : 0;
  byId("countdown").textContent = deadline ? `剩余 ${left} 秒 · ${left} s left` : "";
}

function yuan(fen) {
  return `${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
}

// Talking to the agent

function send(frame) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function act(action, value) {
  const visit = screenNow && screenNow.view.visit_id;
  if (!visit) return;
  byId("toast").hidden = true;
  send({ type: "input", visit_id: visit, action: action, value: value === undefined ? null : value });
}

function connect() {
  socket = new WebSocket(`ws://${location.host}/socket`);
  socket.addEventListener("open", () => { reconnectDelay = 250; });
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    if (frame.type === "screen") show(frame);
    else if (frame.type === "answer" && !frame.ok && !isRefusal(screenNow)) {
      toast(frame.message || frame.code);
    }
  });
  socket.addEventListener("close", () => {
    showLink("down", "终端程序没有响应 The terminal's program does not answer", false);
    setTimeout(connect, reconnectDelay);
    reconnectDelay = Math.min(reconnectDelay * 2, 4000);
    drawnKey = "";
  });
}

function scanned(text) {
  if (!socket || socket.readyState !== WebSocket.OPEN) {
    toast("终端程序没有响应 The terminal's program does not answer");
    return;
  }
  byId("toast").hidden = true;
  send({ type: "scan", value: text, visit_id: (screenNow && screenNow.view.visit_id) || "" });
}

// What is typed goes to the field wherever the focus is.
document.addEventListener("keydown", (event) => {
  const field = byId("scan");
  if (field && document.activeElement !== field && event.key.length === 1) field.focus();
});
document.addEventListener("contextmenu", (event) => event.preventDefault());

listenForScans(() => byId("scan"), scanned);
setInterval(tick, 1000);
connect();
