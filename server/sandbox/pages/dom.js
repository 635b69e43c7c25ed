// Small pieces that both pages of the sandbox share. Texts become text nodes, never markup.

/** Make an element: properties, then children (nodes or texts). */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Fen as yuan. */
export function yuan(fen) {
  return `¥${(fen / 100).toFixed(2)}`;
}

/** The local time of an instant, with the day unless it is today. */
export function clock(instant) {
  const at = new Date(instant);
  const time = at.toLocaleTimeString("zh-CN", { hour12: false });
  return at.toDateString() === new Date().toDateString()
    ? time : `${at.getMonth() + 1}-${at.getDate()} ${time}`;
}

/** Ask the sandbox; raises an Error whose message is for people. */
export async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("沙盒没有回应 / the sandbox does not answer");
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(`${REASONS[told.code] ?? "请求被拒绝 / refused"} (${told.code ?? response.status})`);
  }
  return told;
}

const REASONS = {
  order_closed: "支付已关闭或超时 / closed, or its time is over",
  transfer_settled: "这笔收款已处理 / already settled",
  no_such_order: "没有这笔支付 / no such payment",
  no_such_transfer: "没有这笔收款 / no such transfer",
};

export const PAYMENT_STATES = {
  NOTPAY: "待支付 / to be paid",
  SUCCESS: "已支付 / paid",
  CLOSED: "已关闭 / closed",
  REFUND: "已退款 / refunded",
};

export const TRANSFER_STATES = {
  ACCEPTED: "已受理 / taken",
  PROCESSING: "处理中 / being worked on",
  WAIT_USER_CONFIRM: "待确认 / to be confirmed",
  TRANSFERING: "转账中 / on its way",
  SUCCESS: "已到账 / received",
  FAIL: "未收款 / not received",
  CANCELING: "撤销中 / being taken back",
  CANCELLED: "已撤销 / taken back",
};

/** How a payment or transfer came, in people's words. */
export function wireName(bill) {
  const way = { jsapi: "公众号 in WeChat", native: "扫码 QR", precreate: "扫码 QR" }[bill.way];
  const wallet = { wechatpay: "微信支付 WeChat Pay", alipay: "支付宝 Alipay" }[bill.wire];
  return [wallet, way && wallet ? way : null].filter(Boolean).join(" · ");
}
