// Terminals near a place, with their live free cells by size.

import { List, both, button, byId, far, make } from "/static/dom.js";
import { join } from "/static/forms.js";
import { findPlace, keepPlace, keptPlace, placeText, readPlace } from "/static/places.js";
import { send } from "/static/wire.js";
import { SIZE, zh } from "/static/words.js";

const LISTED = 20;

/** Joins the search form and list of the page; `found(terminals)` hears of each answer. */
export class TerminalsNearby {
  constructor(found = () => {}) {
    this.found = found;
    this.list = new List(byId("terminals"), { zh: "附近没有终端", en: "no terminals near there" });
    this.place = keptPlace();
    this.form = byId("place-form");
    this.field = this.form.elements.place;
    if (this.place) this.field.value = placeText(this.place);
    byId("find-me").replaceWith(button(both("定位", "Find me"), () => this.findMe()));
    join(this.form, async (given) => this.look(readPlace(given.place)));
  }

  async findMe() {
    const place = await findPlace();
    this.field.value = placeText(place);
    await this.look(place);
  }

  async look(place = this.place) {
    if (!place) {
      this.list.only("先定位或输入坐标 / find your place or type coordinates first", "empty");
      return;
    }
    this.place = place;
    keepPlace(place);
    this.list.loading();
    try {
      const query = { lat: place.lat, lon: place.lon, limit: LISTED };
      const { terminals } = await send("GET", "/v1/terminals", { query });
      this.list.items(terminals.map(terminalItem));
      this.found(terminals);
    } catch (error) {
      this.list.failed(error, () => this.look());
    }
  }
}

function terminalItem(terminal) {
  const free = ["S", "M", "L"].map((size) => make("span", { className: "free-count" },
    `${zh(SIZE, size)} ${size}: `, make("b", {}, String(terminal.free[size] ?? 0))));
  return make("li", { className: "card" },
    make("div", { className: "row between" }, make("strong", {}, terminal.name),
      make("span", {}, terminal.metres === null ? "" : far(terminal.metres))),
    make("p", { className: "soft" }, terminal.terminal_id, " · ",
      terminal.online ? "在线 online" : "离线，暂不能开门 offline"),
    make("p", { className: "row" }, "空格口 ", make("small", {}, "free cells"), free));
}
