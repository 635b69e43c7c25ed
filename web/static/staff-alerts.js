// The alerts' bell: what is wrong now, and what ended without anybody having seen it.

import { List, both, button, byId, make, say, when } from "/static/dom.js";

const OPERATES = new Set(["operator", "admin"]);
const LOUD = new Set(["alarm"]);

export class Alerts {
  constructor(session) {
    this.session = session;
    this.operates = session.person.roles.some((role) => OPERATES.has(role));
    this.list = new List(byId("alerts"), { zh: "没有警报", en: "no alerts" });
    this.known = new Map();
    byId("alerts-tab").hidden = !this.operates;
  }

  shown(open) {
    this.open = open;
    if (open && this.operates) this.load();
  }

  /** An alert began, ended or was seen; older versions than one already known are ignored. */
  fact(alert) {
    if (!this.operates) return;
    const before = this.known.get(alert.alert_id);
    if (before && before.version >= alert.version) return;
    this.known.set(alert.alert_id, alert);
    if (!before && !alert.ended && LOUD.has(alert.level)) say(`${alert.terminal_id}：${alert.zh} / ${alert.en}`, "error");
    this.draw();
  }

  async load() {
    try {
      const { alerts } = await this.session.ask("GET", "/v1/staff/alerts", { query: { limit: 100 } });
      this.known = new Map(alerts.map((alert) => [alert.alert_id, alert]));
      this.draw();
    } catch (error) {
      this.list.failed(error, () => this.load());
    }
  }

  draw() {
    const pending = [...this.known.values()].filter((alert) => !alert.ended || !alert.acknowledged_by)
      .sort((one, other) => Boolean(one.ended) - Boolean(other.ended)
        || other.severity - one.severity || (one.since < other.since ? 1 : -1));
    const unseen = pending.filter((alert) => !alert.acknowledged_by).length;
    byId("bell").textContent = unseen ? String(unseen) : "";
    this.list.items(pending.map((alert) => this.item(alert)));
  }

  item(alert) {
    return make("li", { className: `card level-${alert.ended ? "fine" : alert.level}`, data: { alert: alert.alert_id } },
      make("div", { className: "row between" }, make("strong", {}, alert.zh, " ", make("small", {}, alert.en)),
        make("b", { className: `chip ${alert.ended ? "done" : "down"}` }, alert.ended ? "已恢复 over" : "持续中 now")),
      make("p", { className: "soft" }, make("code", {}, alert.terminal_id), ` · ${when(alert.since)} 起`,
        alert.ended ? ` · ${alert.lasted_zh} / ${alert.lasted_en}` : ""),
      alert.acknowledged_by
        ? make("p", { className: "soft" }, `已知悉 seen by ${alert.acknowledged_by} · ${when(alert.acknowledged_at)}`)
        : button(both("知悉", "Acknowledge"), () => this.acknowledge(alert), "go"));
  }

  async acknowledge(alert) {
    this.fact(await this.session.ask("POST", `/v1/staff/alerts/${alert.alert_id}/acknowledge`));
  }
}
