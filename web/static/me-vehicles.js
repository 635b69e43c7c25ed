// Own vehicles: added, changed, removed; the plate stays masked here.

import { sure } from "/static/dialog.js";
import { both, button, make, say } from "/static/dom.js";
import { join } from "/static/forms.js";

export class VehicleList {
  constructor(session, holder) {
    this.session = session;
    this.holder = holder;
  }

  async load() {
    this.draw(await this.session.ask("GET", "/v1/me/vehicles"));
  }

  draw({ vehicles, most }) {
    this.holder.replaceChildren(
      make("h2", {}, ...both("我的车辆", "My vehicles"), " ", make("small", {}, `${vehicles.length}/${most}`)),
      make("ul", { className: "list" }, vehicles.length ? vehicles.map((one) => this.card(one))
        : make("li", { className: "empty" }, "还没有车辆，添加后预约时可直接选择 / none yet; added ones can be chosen when booking")),
      vehicles.length < most ? make("details", { className: "card", open: vehicles.length === 0 },
        make("summary", {}, ...both("添加车辆", "Add a vehicle")), this.form()) : "");
  }

  card(one) {
    return make("li", { className: "card" },
      make("p", { className: "row between" }, make("strong", {}, one.masked_plate), make("span", {}, one.model)),
      one.masked_vin ? make("p", { className: "soft" }, "VIN ", one.masked_vin) : "",
      make("details", {}, make("summary", {}, ...both("更改", "Change")), this.form(one)),
      button(both("移除", "Remove"), async () => {
        if (!await sure("移除这辆车？已有的预约不受影响。", "Remove this vehicle? Bookings made with it stand.")) return;
        this.draw(await this.session.ask("DELETE", `/v1/me/vehicles/${one.vehicle_id}`));
        say("已移除 / removed");
      }));
  }

  form(one = null) {
    const form = make("form", {},
      make("label", { className: "field" }, ...both("车牌号", "Plate"),
        make("input", { name: "plate", required: !one, maxLength: 12, autocomplete: "off",
          placeholder: one ? `${one.masked_plate}（不变 unchanged）` : "粤B·D12345",
          data: { hint: "请填写车牌号，如 粤BD12345 / a plate such as 粤BD12345" } })),
      make("label", { className: "field" }, ...both("车型", "Model"),
        make("input", { name: "model", required: true, maxLength: 40, value: one?.model ?? "", placeholder: "比亚迪 秦PLUS EV" })),
      make("label", { className: "field" }, ...both("车辆识别代号 VIN（选填）", "VIN, if you like"),
        make("input", { name: "vin", maxLength: 40, autocomplete: "off", placeholder: one?.masked_vin ? `${one.masked_vin}（不变 unchanged）` : "" })),
      make("button", { type: "submit", className: "go" }, ...both(one ? "保存" : "添加", one ? "Save" : "Add")));
    join(form, async (given, key) => {
      if (one) {
        const body = { version: one.version, model: given.model };
        if (given.plate) body.plate = given.plate;
        if (given.vin) body.vin = given.vin;
        await this.session.ask("PUT", `/v1/me/vehicles/${one.vehicle_id}`, { body });
      } else {
        await this.session.ask("POST", "/v1/me/vehicles", { body: given, key });
      }
      say("已保存 / saved");
      await this.load();
    });
    return form;
  }
}
