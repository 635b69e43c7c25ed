// Counters of the whole platform, as the server gives them.

import { byId, make } from "/static/dom.js";
import { CHARGE, CUSTODY, word } from "/static/words.js";

const EVERY_MS = 5000;
const TABLES = { custody: CUSTODY, charge: CHARGE };
const NAMES = {
  custody: "订单状态 / orders by state", charge: "款项 / money", sockets: "在线连接 / sockets",
  events_per_second: "每秒事件 / events a second", terminals_online: "在线终端 / terminals online",
  couriers_on_duty: "上班的揽件员 / couriers on duty",
};

export class Summary {
  constructor(session) {
    this.session = session;
    this.timer = null;
  }

  shown(open) {
    clearInterval(this.timer);
    if (!open) return;
    this.load();
    this.timer = setInterval(() => this.load(), EVERY_MS);
  }

  async load() {
    const place = byId("counters");
    try {
      const told = await this.session.ask("GET", "/v1/staff/summary");
      place.replaceChildren(...Object.entries(told).map(([name, value]) => counter(name, value)));
    } catch (error) {
      place.replaceChildren(make("p", { className: "problem" }, error.message));
    }
  }
}

function counter(name, value) {
  const title = NAMES[name] ?? name;
  if (value === null || typeof value !== "object") {
    const number = typeof value === "number" && !Number.isInteger(value) ? value.toFixed(1) : String(value);
    return make("section", { className: "card" }, make("h3", {}, title), make("p", { className: "amount" }, number));
  }
  return make("section", { className: "card" }, make("h3", {}, title), make("dl", {},
    Object.entries(value).flatMap(([key, count]) => [
      make("dt", {}, TABLES[name] ? word(TABLES[name], key) : key), make("dd", {}, typeof count === "object" ? JSON.stringify(count) : String(count))])));
}
