// Outlets near a place, nearest first; without a place by name.

import { List, both, button, byId, far, make } from "/static/dom.js";
import { join } from "/static/forms.js";
import { findPlace, keepPlace, keptPlace, placeText, readPlace } from "/static/places.js";
import { clockTime } from "/static/slot-times.js";
import { send } from "/static/wire.js";

const LISTED = 50;

export class OutletFinder {
  constructor() {
    this.list = new List(byId("outlets"), { zh: "还没有网点", en: "no outlets yet" });
    this.place = keptPlace();
    this.form = byId("place-form");
    this.field = this.form.elements.place;
    if (this.place) this.field.value = placeText(this.place);
    const old = byId("find-me");
    const find = button(both("定位", "Find me"), () => this.findMe());
    find.id = old.id;
    old.replaceWith(find);
    if (!this.form.dataset.joined) {
      this.form.dataset.joined = "yes";
      join(this.form, async (given) => this.look(readPlace(given.place)));
    }
  }

  async findMe() {
    const place = await findPlace();
    this.field.value = placeText(place);
    await this.look(place);
  }

  async look(place = this.place) {
    this.place = place;
    if (place) keepPlace(place);
    this.list.loading();
    try {
      const query = { limit: LISTED, ...(place ? { lat: place.lat, lon: place.lon } : {}) };
      const { outlets } = await send("GET", "/v1/outlets", { query });
      this.list.items(outlets.map(card));
    } catch (error) {
      this.list.failed(error, () => this.look());
    }
  }
}

function card(outlet) {
  return make("li", { className: "card" },
    make("p", { className: "row between" }, make("strong", {}, outlet.name),
      make("span", {}, outlet.distance_metres === null ? "" : far(outlet.distance_metres))),
    about(outlet),
    make("p", { className: "row" },
      make("a", { className: "button go", href: `#slots/${outlet.outlet_id}` }, ...both("选时间", "Choose a time")),
      make("a", { className: "button", href: `tel:${outlet.phone.replaceAll("-", "")}` }, ...both("电话", "Call")),
      make("a", { className: "button", href: `/e/${outlet.enterprise_id}#${outlet.outlet_id}` }, ...both("详情", "About"))));
}

/** What is worth knowing of an outlet before a time is chosen. */
export function about(outlet) {
  const { is_open: open, changes_at: at, reason } = outlet.opening;
  const until = at ? clockTime(at) : "";
  const words = open ? [until ? `营业中，至 ${until}` : "营业中", "open"] : ["休息中，可预约", "closed now; book ahead"];
  return make("div", {},
    make("p", {}, make("span", { className: `chip${open ? " done" : ""}` }, ...both(...words)), " ",
      reason ? make("span", { className: "hint" }, reason) : ""),
    make("p", { className: "soft" }, outlet.enterprise_name, " · ", outlet.address),
    make("p", { className: "soft" }, outlet.services.join("、")));
}
