// Sandbox WeChat: one person's chat with the service account, its menu, and what they allowed.

import { ask, clock, make } from "/static/dom.js";

const REMEMBERED = "lanjian.sandbox.openid";
const LOOK_EVERY_MS = 1500;
const KINDS = {
  self: "我 me",
  reply: "回复 reply",
  template: "模板消息 template",
  subscription: "订阅消息 subscription",
  customer: "客服消息 customer message",
};

const NOBODY = "还没有人，先点“新用户” nobody is here: tap New first";

const byId = (id) => document.getElementById(id);
let openid = localStorage.getItem(REMEMBERED) ?? "";
let shown = "";

function complain(error) {
  byId("problem").hidden = !error;
  byId("problem").textContent = error?.message ?? "";
}

async function act(name, body = {}) {
  if (!openid) return complain(new Error(NOBODY));
  try {
    const told = await ask("POST", `/wechat/${openid}/${name}`, body);
    complain(null);
    if (told.open) window.open(told.open, "_blank", "noopener");
  } catch (error) {
    complain(error);
  }
  await look();
}

function button(text, onclick, className = "chip") {
  return make("button", { type: "button", textContent: text, className, onclick });
}

function item(entry) {
  return make("li", { className: "bubble" },
    make("span", { className: "line" },
      make("strong", { textContent: entry.title }),
      make("em", { textContent: KINDS[entry.kind] ?? entry.kind })),
    ...entry.text.split("\n").map((line) => make("span", { textContent: line })),
    entry.url && /^https?:/.test(entry.url)
      ? make("a", { href: entry.url, target: "_blank", rel: "noopener", textContent: "打开 open" })
      : null,
    make("time", { textContent: clock(entry.at) }));
}

function menuButtons(menu) {
  return menu.flatMap((entry) => entry.sub_button?.length ? entry.sub_button : [entry])
    .map((entry) => button(entry.name, () => {
      if (!entry.type.startsWith("scancode_")) return act(`menu/${encodeURIComponent(entry.key ?? entry.url)}`);
      const text = byId("text").value.trim();
      if (!text) return complain(new Error("先在输入框填入扫到的内容 / put what is scanned into the box first"));
      return act("menu-scan", { key: entry.key, text, kind: /^https?:/.test(text) ? "qrcode" : "barcode" });
    }));
}

function draw(state) {
  const { person } = state;
  byId("about").textContent = `${person.follows ? "已关注 following" : "未关注 not following"} · ${person.phone ?? "无手机号 no phone"} · ${person.openid}`;
  byId("acts").replaceChildren(
    person.follows
      ? button("取消关注 Unfollow", () => act("unfollow"))
      : button("关注 Follow", () => act("follow")),
    button(person.blocks ? "接收消息 Unblock" : "拒收消息 Block", () => act("block", { blocks: !person.blocks })),
  );
  byId("menu").replaceChildren(...menuButtons(state.menu));
  byId("chat").replaceChildren(...(state.chat.length
    ? state.chat.map(item)
    : [make("li", { className: "empty" }, "还没有消息 nothing yet")]));
  const left = new Map(state.credits.map((credit) => [credit.template_id, credit.left]));
  byId("templates").replaceChildren(...state.templates.map((template) =>
    make("li", { className: "line" },
      make("span", { textContent: `${template.title} × ${left.get(template.template_id) ?? 0}` }),
      button("允许一次 Allow once", () => act("subscribe", { template_id: template.template_id })))));
}

/** What the kiosks show at this moment, to scan with WeChat. */
async function lookAtKiosks() {
  const { kiosks } = await ask("GET", "/kiosks");
  byId("kiosks").replaceChildren(...kiosks.filter((kiosk) => kiosk.qr_url).map((kiosk) =>
    button(`扫 scan ${kiosk.name ?? kiosk.terminal_id}`, async () => {
      const now = (await ask("GET", "/kiosks")).kiosks[kiosk.number];
      await act("scan-url", { url: now.qr_url });
    })));
}

async function look() {
  try {
    const { people } = await ask("GET", "/wechat/people");
    if (!people.some((person) => person.openid === openid)) openid = people[0]?.openid ?? "";
    const select = byId("person");
    if (document.activeElement !== select) {
      select.replaceChildren(...people.map((person) =>
        make("option", { value: person.openid, textContent: person.nickname })));
      select.value = openid;
    }
    if (!openid) {
      byId("about").textContent = NOBODY;
      return;
    }
    const state = await ask("GET", `/wechat/${openid}/chat`);
    const text = JSON.stringify(state);
    if (text !== shown) draw(state);
    shown = text;
  } catch (error) {
    complain(error);
  }
}

byId("person").onchange = (event) => {
  openid = event.target.value;
  localStorage.setItem(REMEMBERED, openid);
  look();
};
byId("add").onclick = async () => {
  const nickname = prompt("昵称 nickname", "微信用户");
  if (!nickname) return;
  const phone = prompt("手机号 phone (可空 may be empty)", "13800000001");
  try {
    const person = await ask("POST", "/wechat/people", phone ? { nickname, phone } : { nickname });
    openid = person.openid;
    localStorage.setItem(REMEMBERED, openid);
    complain(null);
  } catch (error) {
    complain(error);
  }
  await look();
};
byId("write").onsubmit = (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  byId("text").value = "";
  if (text) act("text", { text });
};
byId("scan").onclick = () => {
  const url = byId("text").value.trim();
  if (url) act("scan-url", { url });
};

look();
lookAtKiosks().catch(complain);
setInterval(look, LOOK_EVERY_MS);
