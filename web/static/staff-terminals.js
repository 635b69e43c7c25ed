// Terminals with their cells and doors as the sensors say; opening a door takes a reason.

import { List, both, button, byId, make, say } from "/static/dom.js";
import { reason } from "/static/dialog.js";
import { CELL, DOOR, SIZE, word, zh } from "/static/words.js";
import { drawKey } from "/static/wire.js";

const LISTED = 100;
const QUIET_MS = 400; // several facts in a row are one look

export class Terminals {
  constructor(session) {
    this.session = session;
    this.list = new List(byId("terminals"), { zh: "还没有终端", en: "no terminals yet" });
    this.cells = new List(byId("cells"), { zh: "没有格口", en: "no cells" });
    this.chosen = null;
    this.open = false;
    byId("reload-terminals").onclick = () => this.load();
  }

  shown(open) {
    this.open = open;
    if (open) this.load();
  }

  /** A door, a link or a cell changed somewhere. */
  fact() {
    if (!this.open || this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.chosen) this.showCells(this.chosen);
    }, QUIET_MS);
  }

  async load() {
    this.list.loading();
    try {
      const { terminals } = await this.session.ask("GET", "/v1/terminals", { query: { limit: LISTED } });
      this.list.items(terminals.map((terminal) => this.item(terminal)));
      if (!this.chosen && terminals.length === 1) this.chosen = terminals[0].terminal_id;
      if (this.chosen) await this.showCells(this.chosen);
    } catch (error) {
      this.list.failed(error, () => this.load());
    }
  }

  item(terminal) {
    return make("li", { className: "card" },
      make("div", { className: "row between" }, make("strong", {}, terminal.name),
        make("b", { className: `chip ${terminal.online ? "up" : "down"}` }, terminal.online ? "在线 online" : "离线 offline")),
      make("p", { className: "soft" }, make("code", {}, terminal.terminal_id), " · 空 free ",
        ["S", "M", "L"].map((size) => `${size} ${terminal.free[size] ?? 0}`).join("，")),
      button(both("格口", "Cells"), () => this.showCells(terminal.terminal_id), "quiet"));
  }

  async showCells(id) {
    this.chosen = id;
    byId("cells-title").textContent = id;
    try {
      const { terminal, cells } = await this.session.ask("GET", `/v1/terminals/${id}`);
      byId("cells-title").textContent = `${terminal.name} ${id}`;
      this.cells.items(cells.map((cell) => this.cell(id, cell)));
    } catch (error) {
      this.cells.failed(error, () => this.showCells(id));
    }
  }

  cell(id, cell) {
    return make("li", { className: `card cell-card ${cell.state}`, data: { cell: cell.cell } },
      make("div", { className: "row between" }, make("strong", {}, `${cell.cell} 号`, " ", make("small", {}, `${zh(SIZE, cell.size)} ${cell.size}`)),
        make("b", { className: `chip door-${cell.door}` }, `门${word(DOOR, cell.door)}${cell.stale ? "（旧 stale）" : ""}`)),
      make("p", { className: "soft" }, word(CELL, cell.state), cell.order_id ? ` · ${cell.order_id}` : "",
        cell.faults ? ` · 故障 faults ${cell.faults}` : ""),
      make("p", { className: "row" }, this.openDoor(id, cell), cell.state === "out_of_service" ? this.restore(id, cell) : null));
  }

  openDoor(id, cell) {
    const key = drawKey();
    return button(both("开门", "Open"), async () => {
      const why = await reason(`打开 ${cell.cell} 号格口？`, `Open cell ${cell.cell}?`);
      if (why === null) return;
      await this.session.ask("POST", `/v1/terminals/${id}/cells/${cell.cell}/open`, { key, body: { reason: why } });
      say("已发出开门命令，以传感器为准 / the command is on its way; the sensor tells the outcome");
    }, "quiet");
  }

  restore(id, cell) {
    return button(both("恢复使用", "Back into service"), async () => {
      await this.session.ask("POST", `/v1/terminals/${id}/cells/${cell.cell}/restore`, { body: {} });
      await this.showCells(id);
    }, "quiet");
  }
}
