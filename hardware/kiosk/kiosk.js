// The kiosk page: shows what the agent says, sends what the person presses or scans.
// It holds no truth of its own; every screen comes whole from the agent on loopback.
"use strict";

const byId = (id) => document.getElementById(id);
const WELCOME = { type: "kiosk", version: 0, step: "welcome", visit_id: null, role: null, message: null, cell: null, orders: [], pay_url: null, amount_fen: null, actions: [], expires_at: null };

let socket = null;
let cabinet = null; // how the doors lie, from the agent
let screenNow = null; // the last screen from the agent
let restingKey = null; // the screen in whose place the start is shown, because nobody is there
let drawnKey = ""; // what the drawing depends on, without QR image and time
let deadline = 0; // when the running view expires, by performance.now()
let toastTimer = 0;
let noticeNumber = 0; // the last notice that was shown
let reconnectDelay = 250;

const idle = new Idle({
  leave: () => {
    // Without its link the agent cannot end it: the screen goes at least.
    if (screenNow.link === "up" && screenNow.view.actions.includes("leave")) act("leave");
    else restNow();
  },
  rest: restNow,
});

function keyOf(screen) {
  return JSON.stringify([screen.view.visit_id, screen.view.version, screen.view.step, screen.local]);
}

function restNow() {
  restingKey = keyOf(screenNow);
  show(screenNow);
}

// What is drawn of a screen: the start while nobody stands there.
function shownOf(screen) {
  return restingKey === keyOf(screen) ? { ...screen, view: WELCOME, expires_in_seconds: null, pay_image: null, resting: true } : screen;
}

function show(told) {
  if (restingKey !== null && restingKey !== keyOf(told)) restingKey = null;
  const before = screenNow && screenNow.view.visit_id;
  screenNow = told;
  if (before && !told.view.visit_id) language = "zh"; // the next person begins anew
  const screen = shownOf(told);
  deadline = screen.expires_in_seconds === null ? 0 : performance.now() + screen.expires_in_seconds * 1000;
  byId("name").textContent = screen.name;
  byId("terminal").textContent = screen.terminal_id;
  byId("language").textContent = OTHER_LANGUAGE[language];
  document.documentElement.lang = language === "en" ? "en" : "zh-CN";
  const key = JSON.stringify(
    [screen.view, screen.link, screen.role_wanted, Boolean(screen.qr), screen.takes_grants, language, Boolean(cabinet)]);
  if (key !== drawnKey) {
    drawnKey = key;
    draw(screen, cabinet, { act, send, leave: () => act("leave") });
    idle.shows(screen.view.step);
  }
  const image = byId("qr");
  if (image && screen.qr && image.src !== screen.qr.image) image.src = screen.qr.image;
  showLink(screen.link, screen.link_message, screen.takes_grants);
  const troubles = byId("troubles");
  troubles.hidden = screen.troubles.length === 0;
  troubles.textContent = screen.troubles.join(" · ");
  if (isRefusal(told)) byId("toast").hidden = true; // the screen says it all
  else if (told.notice && told.notice.number !== noticeNumber) toast(told.notice.message);
  noticeNumber = told.notice ? told.notice.number : noticeNumber;
  tick();
}

function showLink(link, message, takesGrants) {
  const badge = byId("link");
  badge.textContent = LINKS[link] ? inLine(LINKS[link]) : link;
  badge.className = `link ${link}`;
  const banner = byId("banner");
  banner.hidden = link === "up";
  banner.textContent = message ? `${message} · ${inLine(takesGrants ? CODES_OPEN : NO_DOORS)}` : "";
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
  idle.tick();
  const goes = idle.secondsLeft();
  const left = deadline ? Math.max(0, Math.ceil((deadline - performance.now()) / 1000)) : 0;
  byId("countdown").textContent = goes !== null ? inLine(endsIn(goes)) : deadline ? inLine(timeLeft(left)) : "";
  const asks = byId("still-here");
  if (asks.hidden === idle.asks()) {
    asks.hidden = !idle.asks();
    asks.replaceChildren(...(idle.asks() ? [title(STILL_HERE), button(I_AM, "main", tick)] : []));
    if (idle.asks()) asks.querySelector("button").focus();
  }
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
  socket.addEventListener("open", () => {
    reconnectDelay = 250;
    learnCabinet();
  });
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    if (frame.type === "screen") show(frame);
    else if (frame.type === "answer" && !frame.ok && !isRefusal(screenNow)) {
      toast(inLine(refusal(frame)));
    }
  });
  socket.addEventListener("close", () => {
    showLink("down", inLine(NO_PROGRAM), false);
    setTimeout(connect, reconnectDelay);
    reconnectDelay = Math.min(reconnectDelay * 2, 4000);
    drawnKey = "";
  });
}

// An agent that was started anew may have another configuration.
async function learnCabinet() {
  try {
    const answer = await fetch("/cabinet", { cache: "no-store" });
    cabinet = answer.ok ? await answer.json() : null;
  } catch {
    return; // the number says which door it is
  }
  if (screenNow) show(screenNow);
}

function scanned(text) {
  idle.touched();
  if (!socket || socket.readyState !== WebSocket.OPEN) {
    toast(inLine(NO_PROGRAM));
    return;
  }
  byId("toast").hidden = true;
  send({ type: "scan", value: text, visit_id: (screenNow && screenNow.view.visit_id) || "" });
}

byId("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  if (screenNow) show(screenNow);
});

// What is typed goes to the field wherever the focus is.
document.addEventListener("keydown", (event) => {
  idle.touched();
  const field = byId("scan");
  if (field && document.activeElement !== field && event.key.length === 1) field.focus();
});
document.addEventListener("pointerdown", () => { idle.touched(); }, true);
document.addEventListener("contextmenu", (event) => event.preventDefault());

listenForScans(() => byId("scan"), scanned);
setInterval(tick, 1000);
connect();
