// Making and showing things. Texts become text nodes, never markup.

export const byId = (id) => document.getElementById(id);

/** Make an element: properties (`data` and `aria` as objects), then children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { data = {}, aria = {}, ...rest } = properties;
  Object.assign(element, rest);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A Chinese text with its English beside it. */
export function both(zh, en) {
  return [zh, " ", make("small", {}, en)];
}

/** Fen as yuan. */
export const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;

/** The local time of an instant, with the day unless it is today. */
export function when(instant) {
  const at = new Date(instant);
  const time = at.toLocaleTimeString("zh-CN", { hour12: false });
  return at.toDateString() === new Date().toDateString()
    ? time : `${at.getMonth() + 1}月${at.getDate()}日 ${time}`;
}

/** The last day of what is good until an instant: the day before that midnight, in China. */
export const lastDay = (until) => new Date(new Date(until) - 1).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });

/** A span of seconds as 1:02:03 or 2:03. */
export function span(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** Metres as people say them. */
export const far = (metres) => (metres < 950 ? `${Math.round(metres / 10) * 10} m`
  : `${(metres / 1000).toFixed(1)} km`);

/** A list's place on the page and its four states: loading, items, empty, error. */
export class List {
  constructor(element, { zh, en }) {
    this.element = element;
    this.empty = `${zh} / ${en}`;
  }

  loading() {
    this.element.setAttribute("aria-busy", "true");
    if (!this.element.children.length) this.only("读取中… / loading", "empty");
  }

  /** Show items; nodes already there are kept, so that focus and typed text stay. */
  items(nodes) {
    this.element.removeAttribute("aria-busy");
    if (nodes.length === 0) this.only(this.empty, "empty");
    else place(this.element, nodes);
  }

  failed(error, retry) {
    this.element.removeAttribute("aria-busy");
    const again = make("button", { type: "button", onclick: retry }, ...both("重试", "Try again"));
    this.element.replaceChildren(make("li", { className: "problem" }, error.message, " ", again));
  }

  only(text, className) {
    this.element.replaceChildren(make("li", { className }, text));
  }
}

/** Make `nodes` the children of `parent`, moving only what is not in its place. */
export function place(parent, nodes) {
  nodes.forEach((node, at) => {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  });
  while (parent.children.length > nodes.length) parent.lastElementChild.remove();
}

/** A text in the page's live region; errors stay longer than others. */
export function say(text, kind = "info") {
  const close = make("button", { type: "button", aria: { label: "关闭 close" } }, "×");
  const line = make("p", { className: `say ${kind}` }, make("span", {}, text), close);
  close.onclick = () => line.remove();
  const region = byId("says");
  for (const older of region.children) if (older.firstElementChild.textContent === text) older.remove();
  region.append(line);
  while (region.children.length > 2) region.firstElementChild.remove();
  setTimeout(() => line.remove(), kind === "error" ? 20_000 : 6_000);
}

/** A button that is disabled while its act is under way, and says what went wrong. */
export function button(label, act, className = "") {
  const made = make("button", { type: "button", className }, ...[label].flat());
  made.onclick = () => busy(made, act);
  return made;
}

/** Run an act with a button disabled; give whether it went well. */
export async function busy(pressed, act) {
  pressed.disabled = true;
  pressed.setAttribute("aria-busy", "true");
  try {
    await act();
    return true;
  } catch (error) {
    say(error.message, "error");
    return false;
  } finally {
    pressed.disabled = false;
    pressed.removeAttribute("aria-busy");
  }
}
