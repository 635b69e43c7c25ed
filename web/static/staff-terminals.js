// Terminals, worst first; one of them with its cells, doors and tests as the sensors say.

import { List, both, button, byId, make, say, span, when } from "/static/dom.js";
import { reason } from "/static/dialog.js";
import { History } from "/static/staff-history.js";
import { machine } from "/static/staff-machine.js";
import { CELL, DOOR, SIZE, TEST_FAILED, word, zh } from "/static/words.js";
import { drawKey } from "/static/wire.js";

const LISTED = 100;
const QUIET_MS = 400; // several facts in a row are one look
const FLEET_EVERY_MS = 10_000; // the fleet is read on a beat, however many doors move
const OPERATES = new Set(["operator", "admin"]);
const LEVEL = {
  alarm: ["报警", "alarm"], warning: ["注意", "warning"], notice: ["提示", "notice"], fine: ["正常", "fine"],
};

export class Terminals {
  constructor(session) {
    this.session = session;
    this.operates = session.person.roles.some((role) => OPERATES.has(role));
    this.list = new List(byId("terminals"), { zh: "还没有终端", en: "no terminals yet" });
    this.cells = new List(byId("cells"), { zh: "没有格口", en: "no cells" });
    this.history = new History(session);
    this.chosen = null;
    this.open = false;
    byId("reload-terminals").onclick = () => this.load();
  }

  shown(open) {
    this.open = open;
    clearInterval(this.beat);
    if (!open) return;
    this.load();
    this.beat = setInterval(() => this.load(), FLEET_EVERY_MS);
  }

  /** A door, a test or a cell changed somewhere: look again if it is on the page. */
  fact(event) {
    if (!this.open || this.timer || !this.chosen) return;
    if (![event.data?.terminal, event.data?.terminal_id].includes(this.chosen)) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.showCells(this.chosen);
    }, QUIET_MS);
  }

  async load() {
    this.list.loading();
    try {
      const terminals = this.operates ? await this.fleet() : await this.plain();
      this.list.items(terminals.map((terminal) => this.item(terminal)));
      if (!this.chosen && terminals.length === 1) this.chosen = terminals[0].terminal_id;
      if (this.chosen) await this.showCells(this.chosen);
    } catch (error) {
      this.list.failed(error, () => this.load());
    }
  }

  async fleet() {
    const fleet = await this.session.ask("GET", "/v1/staff/fleet", { query: { limit: LISTED } });
    byId("fleet-levels").replaceChildren(make("span", { className: "chips" },
      Object.entries(fleet.levels).filter(([, count]) => count).map(([level, count]) =>
        make("b", { className: `chip level-${level}` }, `${word(LEVEL, level)} ${count}`))));
    this.known = new Map(fleet.terminals.map((each) => [each.terminal_id, each]));
    return fleet.terminals;
  }

  /** Staff who do not operate terminals see where they are and what is free. */
  async plain() {
    const { terminals } = await this.session.ask("GET", "/v1/terminals", { query: { limit: LISTED } });
    this.known = new Map();
    return terminals;
  }

  item(terminal) {
    const id = terminal.terminal_id;
    return make("li", { className: `card level-${terminal.level ?? "fine"}`, data: { terminal: id } },
      make("div", { className: "row between" }, make("strong", {}, terminal.name),
        make("b", { className: `chip ${terminal.online ? "up" : "down"}` }, link(terminal))),
      reasons(terminal.worst ?? []),
      make("p", { className: "soft" }, make("code", {}, id), " · 空 free ", free(terminal),
        terminal.parcels ? ` · 在柜 ${terminal.parcels} 件` : "",
        terminal.live_grants ? ` · 离线码 grants ${terminal.live_grants}` : "",
        terminal.agent_version ? ` · v${terminal.agent_version}` : ""),
      button(both("查看", "Show"), () => this.choose(id), "quiet"));
  }

  async choose(id) {
    await this.showCells(id);
    byId("terminal-detail").scrollIntoView({ behavior: "smooth", block: "start" });
  }

  async showCells(id) {
    if (this.chosen !== id) this.history.close();
    this.chosen = id;
    byId("terminal-detail").hidden = false;
    byId("cells-title").textContent = id;
    try {
      const { terminal, cells, agent } = await this.session.ask("GET", `/v1/terminals/${id}`);
      byId("cells-title").textContent = `${terminal.name} ${id}`;
      byId("machine").replaceChildren(...machine(this.known.get(id)?.machine ?? null, agent));
      byId("terminal-acts").replaceChildren(...(this.operates ? this.acts(id) : []));
      this.cells.items(cells.map((cell) => this.cell(id, cell)));
    } catch (error) {
      this.cells.failed(error, () => this.showCells(id));
    }
  }

  acts(id) {
    return [
      button(both("门的历史", "Door history"), () => this.history.show(id, null), "quiet"),
      button(both("换机令牌", "Token for a new machine"), () => this.drawToken(id), "quiet"),
    ];
  }

  async drawToken(id) {
    const { token, expires_at: ends } = await this.session.ask("POST", `/v1/staff/terminals/${id}/token`);
    const close = button(both("收起", "Hide"), () => shown.remove(), "quiet");
    const shown = make("div", { className: "card" },
      make("p", {}, ...both("新机器的一次性令牌，只显示这一次：", "one-time token for the new machine, shown this once:")),
      make("p", {}, make("code", {}, token)), make("p", { className: "soft" }, `有效期至 until ${when(ends)}`), close);
    byId("terminal-acts").after(shown);
  }

  cell(id, cell) {
    return make("li", { className: `card cell-card ${cell.state}`, data: { cell: cell.cell } },
      make("div", { className: "row between" }, make("strong", {}, `${cell.cell} 号`, " ", make("small", {}, `${zh(SIZE, cell.size)} ${cell.size}`)),
        make("b", { className: `chip door-${cell.door}` }, `门${word(DOOR, cell.door)}${cell.stale ? "（旧 stale）" : ""}`)),
      make("p", { className: "soft" }, word(CELL, cell.state), cell.order_id ? ` · ${cell.order_id}` : "",
        cell.faults ? ` · 故障 faults ${cell.faults}` : ""),
      testing(cell),
      this.operates ? make("p", { className: "row" }, this.openDoor(id, cell),
        button(both("历史", "History"), () => this.history.show(id, cell.cell), "quiet"),
        ...(cell.state === "out_of_service" ? [this.test(id, cell), this.restore(id, cell)] : [])) : null);
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

  test(id, cell) {
    const key = drawKey();
    return button(both("测试开门", "Test"), async () => {
      const why = await reason(`测试 ${cell.cell} 号格口？门会打开，感应到打开并关好后恢复使用。`,
        `Test cell ${cell.cell}? Its door opens; sensed open and then closed, it is back in service.`);
      if (why === null) return;
      await this.session.ask("POST", `/v1/terminals/${id}/cells/${cell.cell}/test`, { key, body: { reason: why } });
      await this.showCells(id);
    }, "go");
  }

  restore(id, cell) {
    return button(both("不测试直接恢复", "Restore untested"), async () => {
      const why = await reason(`不测试就恢复 ${cell.cell} 号格口？例如没有传感器。会记录在案。`,
        `Restore cell ${cell.cell} untested, for example without a sensor? This is recorded.`);
      if (why === null) return;
      await this.session.ask("POST", `/v1/terminals/${id}/cells/${cell.cell}/restore`, { body: { reason: why } });
      await this.showCells(id);
    }, "quiet");
  }
}

function link(terminal) {
  const name = terminal.online ? "在线 online" : "离线 offline";
  return terminal.link_since ? `${name} ${span((Date.now() - new Date(terminal.link_since)) / 1000)}` : name;
}

function free(terminal) {
  const count = (size) => terminal.free?.[size] ?? terminal.cells?.[size]?.free ?? 0;
  return ["S", "M", "L"].map((size) => `${size} ${count(size)}`).join("，");
}

/** Why a terminal stands where it stands, worst first. */
function reasons(worst) {
  return make("ul", { className: "reasons" }, worst.map((each) =>
    make("li", { className: `level-${each.level}` }, `${each.zh} `, make("small", {}, each.en),
      each.since ? make("time", {}, ` ${when(each.since)}`) : null)));
}

/** How far the last test is; one that passed long ago is no news. */
function testing(cell) {
  const test = cell.test;
  if (!test || (test.state === "passed" && cell.state === "out_of_service")) return null;
  const texts = {
    asked: ["测试中… 正在开门", "testing: the door is to open"],
    opened: ["测试中… 请关门", "testing: please close the door"],
    passed: ["测试通过", "test passed"],
    failed: [`测试未通过：${zh(TEST_FAILED, test.reason)}`, `test failed: ${word(TEST_FAILED, test.reason).split(" / ").at(-1)}`],
  };
  return make("p", { className: `test ${test.state}` }, ...both(...texts[test.state]), make("time", {}, ` ${when(test.at)}`));
}
