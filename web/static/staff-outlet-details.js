// Operators: what the outlets of one enterprise are; admins: who of the outlet staff works there.

import { both, button, make, say, when } from "/static/dom.js";
import { join } from "/static/forms.js";
import { RegionPicker } from "/static/regions.js";
import { orStale } from "/static/staff-stale.js";
import { ruleText } from "/static/words.js";

const input = (label, name, value, more = {}) => make("label", { className: "field" }, ...both(...label),
  make("input", { name, value, required: true, autocomplete: "off", ...more }));

const IN_CHINA = ruleText("in_china");
const NEW = { name: "", region: "", address: "", lat: "", lon: "", phone: "", services: [] };

/** What is typed as the API wants it; numbers stay out where none is typed. */
function detailsOf({ version, active, ...given }) {
  return {
    ...given,
    lat: Number(given.lat),
    lon: Number(given.lon),
    services: given.services.split(/[,，、;；\n]+/).map((each) => each.trim()).filter(Boolean),
  };
}

/** One service is one of the field's many. */
function ofField(error) {
  if (/^services\[/.test(error.field ?? "")) error.field = "services";
  return error;
}

export class EnterpriseOutlets {
  constructor(session, enterprise) {
    this.session = session;
    this.enterprise = enterprise;
    this.isAdmin = session.person.roles.includes("admin");
    this.list = make("ul", { className: "list" });
    this.holder = make("section", { data: { desk: "outlets" } },
      make("h2", {}, ...both("网点", "Outlets")), this.list,
      make("details", { className: "card narrow" }, make("summary", {}, ...both("添加网点", "Add an outlet")), this.addForm()));
  }

  async load() {
    const query = { enterprise_id: this.enterprise.enterprise_id };
    const { outlets } = await this.session.ask("GET", "/v1/staff/outlets", { query });
    const none = make("li", { className: "empty" }, ...both("还没有网点", "No outlet yet"));
    this.list.replaceChildren(...(outlets.length ? outlets.map((one) => this.card(one)) : [none]));
  }

  card(outlet) {
    const { details, calendar } = outlet;
    const hours = calendar.week.some((spans) => spans.length);
    const card = make("li", { className: "card", data: { outlet: outlet.outlet_id } },
      make("h3", {}, details.name, " ", make("code", {}, outlet.outlet_id)),
      make("p", { className: "chips" }, outlet.active ? make("span", { className: "chip done" }, ...both("公开", "shown"))
        : make("span", { className: "chip cancelled" }, ...both("隐藏", "hidden"))),
      make("p", { className: "soft" }, `${details.address} · ${details.phone} · ${details.services.join("、")}`),
      make("p", {}, hours ? "" : make("span", { className: "hint" }, "还没有营业时间 no hours yet · "),
        make("a", { href: "#outlets" }, ...both("营业时间与名额", "Hours and capacity"))));
    card.append(make("details", {}, make("summary", {}, ...both("修改资料", "Edit")), this.editForm(outlet, card)));
    if (this.isAdmin) card.append(this.staffPart(outlet));
    return card;
  }

  fields(details) {
    const region = make("div", { className: "field" }, ...both("地区", "District"));
    new RegionPicker(region, "region").hidden.value = details.region;
    const services = make("textarea", { name: "services", rows: 3, required: true });
    services.value = details.services.join("\n");
    return [
      input(["网点名称", "Name"], "name", details.name, { maxLength: 60 }), region,
      input(["地址", "Address"], "address", details.address, { maxLength: 120 }),
      make("div", { className: "row grow" },
        input(["纬度", "Latitude"], "lat", details.lat, { type: "number", step: "any", min: 3, max: 54, data: { hint: IN_CHINA } }),
        input(["经度", "Longitude"], "lon", details.lon, { type: "number", step: "any", min: 73, max: 136, data: { hint: IN_CHINA } })),
      input(["电话（固话带区号）", "Phone, with its area code"], "phone", details.phone, { maxLength: 40, inputMode: "tel" }),
      make("label", { className: "field" }, ...both("服务项目，每行一项", "Services, one a line"), services),
    ];
  }

  addForm() {
    const form = make("form", {}, this.fields(NEW),
      make("p", { className: "hint" }, ...both("新网点先隐藏；设好营业时间后再公开。", "It is hidden until it has hours and is shown.")),
      make("button", { type: "submit", className: "go" }, ...both("添加网点", "Add outlet")));
    const id = this.enterprise.enterprise_id;
    join(form, async (given, key) => {
      const body = { enterprise_id: id, ...detailsOf(given) };
      await this.session.ask("POST", "/v1/staff/outlets", { body, key }).catch((error) => { throw ofField(error); });
      say("网点已添加 / added");
      form.closest("details").replaceWith(make("details", { className: "card narrow" },
        make("summary", {}, ...both("再添加一个网点", "Add another outlet")), this.addForm()));
      await this.load();
    }, { draft: `staff.outlet.of.${id}`, keep: sessionStorage });
    return form;
  }

  editForm(outlet, card) {
    const path = `/v1/staff/outlets/${outlet.outlet_id}`;
    const draft = `staff.outlet.${outlet.outlet_id}`;
    const draw = (now) => card.replaceWith(this.card(now));
    const form = make("form", {}, make("input", { type: "hidden", name: "version", value: outlet.version }), this.fields(outlet.details),
      make("label", { className: "field tick" }, make("input", { type: "checkbox", name: "active", checked: outlet.active }),
        make("span", {}, ...both("公开显示，可预约", "People see it and may book"))),
      make("button", { type: "submit", className: "go" }, ...both("保存", "Save")));
    join(form, (given) => orStale(form, async () => {
      const body = { ...detailsOf(given), version: Number(given.version), active: given.active };
      const saved = await this.session.ask("PUT", `${path}/details`, { body }).catch((error) => { throw ofField(error); });
      say("网点已保存 / saved");
      sessionStorage.removeItem(draft); // before it is drawn anew: the new form would read it
      draw(saved);
    }, async () => {
      sessionStorage.removeItem(draft);
      draw(await this.session.ask("GET", path));
    }), { draft, keep: sessionStorage });
    return form;
  }

  // Who works there

  staffPart(outlet) {
    const path = `/v1/staff/outlets/${outlet.outlet_id}/staff`;
    const list = make("ul", { className: "list" });
    const draw = ({ people }) => {
      const rows = Object.entries(people).map(([person, since]) => make("li", { className: "row between" },
        make("span", {}, make("code", {}, person), ` ${when(since)}`),
        button(both("移除", "Remove"), async () => draw(await this.session.ask("DELETE", `${path}/${person}`)), "quiet")));
      list.replaceChildren(...(rows.length ? rows : [make("li", { className: "empty" }, ...both("还没有网点员工", "Nobody yet"))]));
    };
    const part = make("details", {}, make("summary", {}, ...both("网点员工", "Outlet staff")), list, this.linkForm(path, draw));
    part.addEventListener("toggle", () => {
      if (part.open) this.session.ask("GET", path).then(draw, (error) => say(error.message, "error"));
    });
    return part;
  }

  linkForm(path, draw) {
    const form = make("form", {},
      input(["手机号", "Phone"], "phone", "", { inputMode: "tel", maxLength: 20 }),
      input(["原因（会记录）", "Why (recorded)"], "reason", "", { maxLength: 200 }),
      make("button", { type: "submit" }, ...both("加为网点员工", "Let them work here")));
    join(form, async (body) => {
      const person = await this.session.ask("POST", "/v1/staff/people/find", { body });
      if (!person.roles.includes("outlet_staff")) {
        throw Object.assign(new Error(), { field: "phone", hint: "该账号还没有“网点员工”角色，请先授予 / this account is no outlet staff yet: give it the role first" });
      }
      draw(await this.session.ask("PUT", `${path}/${person.person_id}`));
      form.reset();
    });
    return form;
  }
}
