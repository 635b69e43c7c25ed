// What the kiosk says, in pairs [Chinese, English]. Both are shown, the chosen one large; the
// choice goes with its person.
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
const NOT_ENABLED = ["终端未启用", "Not yet in service"];
const NO_PROGRAM = ["终端程序没有响应", "The terminal's program does not answer"];
const CODES_OPEN = ["可用离线码开门", "Offline codes open doors"];
const NO_DOORS = ["暂时不能开门", "Doors cannot be opened now"];

const DOOR_HINTS = {
  deposit: ["请放入包裹，然后关好门", "Put the parcel in, then close the door"],
  pickup: ["请取出包裹，然后关好门", "Take the parcel out, then close the door"],
};
const ANY_DOOR_HINT = ["用完请关好门", "Please close the door when you are done"];
const SCAN_HINT = ["请对准扫码枪，或输入后按确定", "Scan, or type and press OK"];
const OK = ["确定", "OK"];
const LEAVE = ["退出", "Leave"];
const CHOSEN = { deposit: ["已选寄件，请扫码", "Sending: please scan"], pickup: ["已选揽件，请扫码", "Collecting: please scan"] };

const ACTIONS = {
  confirm_inside: ["放好了", "Yes, it is inside", true],
  confirm_taken: ["取出了", "Yes, I have it", true],
  open_again: ["再次开门", "Open again", false],
  another_cell: ["换一个格口", "Another cell", false],
};
const OPEN_FIRST = ["开门", "Open the door", true];

const ROLES = { deposit: ["寄件", "Send"], pickup: ["揽件", "Collect"] };

const SIZES = { S: ["小件", "Small"], M: ["中件", "Medium"], L: ["大件", "Large"] };

// The way through a visit; which step of the kiosk is at which place of it.
const WAYS = {
  deposit: [["扫码", "Scan"], ["手机填单", "Waybill"], ["开门放件", "Put in"], ["付款", "Pay"], ["完成", "Done"]],
  pickup: [["扫码", "Scan"], ["选订单", "Choose"], ["扫面单", "Waybill"], ["开门取件", "Take out"], ["完成", "Done"]],
};
const PLACES = {
  deposit: { on_phone: 1, choose_order: 1, scan_carrier: 1, door_opening: 2, door_open: 2, door_jammed: 2, parcel_inside: 2, parcel_taken: 2, pay: 3, done: 4 },
  pickup: { on_phone: 1, choose_order: 1, scan_carrier: 2, door_opening: 3, door_open: 3, door_jammed: 3, parcel_inside: 3, parcel_taken: 3, done: 4 },
};

const LINKS = {
  up: ["在线", "Online"],
  down: ["离线", "Offline"],
  pending: ["待启用", "Pending"],
  refused: ["服务器拒绝", "Refused"],
  replaced: ["已被替代", "Replaced"],
};

// What the person at the screen can mend, by the rule that was broken.
const REFUSALS = {
  choose_an_order_first: ["请先选择订单，再扫快递面单", "Choose the order first, then scan the carrier's waybill"],
  carrier_waybill: ["这不是快递运单号，请再扫一次", "This is no carrier's number: please scan again"],
  not_a_link: ["这是二维码网址，请扫面单上的条形码", "This is a link: scan the bar code of the waybill"],
  not_a_payment_code: ["这是付款码，请扫快递面单", "This is a payment code: scan the carrier's waybill"],
  not_our_own_label: ["这是平台标签，请扫快递公司的面单", "This is our own label: scan the carrier's waybill"],
  bound_already: ["这个订单已绑定另一个运单号", "This order is bound to another number already"],
  close_the_door_first: ["请先关好格口门", "Please close the door first"],
  door_is_opening: ["门正在打开，请稍等", "The door is opening: please wait"],
  something_inside: ["格口里好像还有东西，请先取出", "Something seems to be inside: take it out first"],
  to_collect: ["这件现在不能取", "This one is not to be collected now"],
  changed_meanwhile: ["刚刚有变，请再试一次", "It has just changed: please try again"],
};

const STILL_HERE = ["您还在吗？", "Are you still here?"];
const I_AM = ["我还在", "Yes, I am"];
const endsIn = (seconds) => [`${seconds} 秒后返回首页`, `Back to the start in ${seconds} s`];
const timeLeft = (seconds) => [`剩余 ${seconds} 秒`, `${seconds} s left`];
const cellNamed = (cell) => [`${cell} 号格口`, `Cell ${cell}`];
const whereIs = (column, place) => [`左起第 ${column} 列，从上往下第 ${place} 个`, `Column ${column} from the left, number ${place} from the top`];
const until = (time) => [`${time} 前取`, `by ${time}`];

let language = "zh";

const OTHER_LANGUAGE = { zh: "English", en: "中文" };

// The chosen language first.
function ordered(texts) {
  return language === "en" && texts[1] ? [texts[1], texts[0]] : [texts[0], texts[1]];
}

// Both in one line, for small things.
function inLine(texts) {
  return ordered(texts).filter(Boolean).join(" ");
}

// The server's and the agent's words, "中文 / English".
function inBothLanguages(message) {
  const at = message ? message.indexOf(" / ") : -1;
  return at < 0 ? null : [message.slice(0, at), message.slice(at + 3)];
}

// What a refused input says: our own words for its rule, else the server's.
function refusal(answer) {
  return REFUSALS[answer.rule] || inBothLanguages(answer.message) || [answer.message || answer.code];
}

// A label of the server's that is Chinese only: an order's last four characters.
function orderLabel(label) {
  const found = /^尾号 (.+)$/.exec(label);
  return found ? [label, `No. …${found[1]}`] : [label, ""];
}
