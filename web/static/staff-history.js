// What the doors of a terminal did, latest first, with the proof: for disputes.

import { List, both, button, byId, make, when } from "/static/dom.js";
import { DOOR, DOOR_EVENT, PURPOSE, SOURCE, word } from "/static/words.js";

const PAGE = 20;

export class History {
  constructor(session) {
    this.session = session;
    this.list = new List(byId("history"), { zh: "没有记录", en: "nothing recorded" });
  }

  close() {
    byId("history-panel").hidden = true;
    this.events = [];
  }

  /** Show a terminal's doors, or one cell's. */
  async show(terminal, cell) {
    this.events = [];
    this.terminal = terminal;
    this.cell = cell;
    byId("history-panel").hidden = false;
    byId("history-title").replaceChildren(...both(cell ? `${cell} 号门的历史` : "门的历史", cell ? `door ${cell}` : "all doors"));
    byId("close-history").onclick = () => this.close();
    byId("history-panel").scrollIntoView({ behavior: "smooth", block: "start" });
    await this.load();
  }

  async load(before) {
    try {
      const query = { limit: PAGE, before, cell: this.cell ?? undefined };
      const page = await this.session.ask("GET", `/v1/staff/terminals/${this.terminal}/history`, { query });
      this.events.push(...page.events);
      const more = page.next ? [make("li", {}, button(both("更早的", "Older"), () => this.load(page.next), "quiet"))] : [];
      this.list.items([...this.events.map(line), ...more]);
    } catch (error) {
      this.list.failed(error, () => this.load(before));
    }
  }
}

function line(event) {
  const proof = [
    event.source ? word(SOURCE, event.source) : "",
    event.item === null ? "" : event.item ? "有物 item inside" : "无物 empty",
    event.reason ?? "",
  ].filter(Boolean);
  return make("li", { className: "event" },
    make("div", { className: "row between" }, make("strong", {}, `${event.cell} 号 ${word(DOOR_EVENT, event.kind)}`),
      make("time", {}, when(event.at))),
    make("p", { className: "soft" }, `门${word(DOOR, event.state)}`, ...proof.map((each) => ` · ${each}`),
      event.purpose ? ` · ${word(PURPOSE, event.purpose)}` : "", event.order_id ? ` · ${event.order_id}` : ""),
    event.evidence ? make("p", {}, make("code", {}, event.evidence)) : null);
}
