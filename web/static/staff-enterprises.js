// Operators: enterprises found and added; one of them with its name, its page and its outlets.

import { PageDesk } from "/static/staff-enterprise-page.js";
import { EnterpriseOutlets } from "/static/staff-outlet-details.js";
import { both, button, byId, make, say } from "/static/dom.js";
import { join } from "/static/forms.js";
import { nameInto, RegionPicker } from "/static/regions.js";
import { orStale } from "/static/staff-stale.js";

const OPERATORS = new Set(["operator", "admin"]);
const HASH = "#enterprises";

const input = (label, name, value = "", more = {}) => make("label", { className: "field" }, ...both(...label),
  make("input", { name, value, autocomplete: "off", maxLength: 60, ...more }));

/** A district's three selects, with a code chosen already or none. */
function district(name, code = "") {
  const holder = make("div", { className: "field" }, ...both("地区", "District"));
  const picker = new RegionPicker(holder, name);
  picker.hidden.value = code;
  return holder;
}

/** One's own publishing does not make what one has typed beside it stale. */
function carry(draft, before, version) {
  const kept = JSON.parse(sessionStorage.getItem(draft) ?? "null");
  if (kept && Number(kept.version) === before) sessionStorage.setItem(draft, JSON.stringify({ ...kept, version: String(version) }));
}

export class Enterprises {
  constructor(session) {
    this.session = session;
    this.holder = byId("enterprises");
    this.operates = session.person.roles.some((role) => OPERATORS.has(role));
    byId("enterprises-tab").hidden = !this.operates;
    this.asked = { name: "", region: "" };
  }

  /** The address says which one is open, so that a reload shows it again. */
  shown(now) {
    if (!now || !this.operates) return;
    const id = decodeURIComponent(location.hash).slice(HASH.length + 1);
    (id ? this.open(id) : this.showList()).catch((error) => say(error.message, "error"));
  }

  async showList() {
    const list = make("ul", { className: "list grid" });
    const more = button(both("更多", "More"), () => this.load(list, more, Number(more.dataset.next)));
    this.holder.replaceChildren(this.searchForm(list, more), list, more, this.addForm());
    await this.load(list, more);
  }

  searchForm(list, more) {
    const form = make("form", {}, input(["名称", "Name"], "name", this.asked.name), district("region", this.asked.region),
      make("button", { type: "submit" }, ...both("查找", "Search")));
    join(form, async (given) => {
      this.asked = given;
      await this.load(list, more);
    });
    return make("div", { className: "card narrow" }, make("h2", {}, ...both("企业", "Enterprises")), form);
  }

  async load(list, more, skip = 0) {
    const query = { ...this.asked, ...(skip ? { skip } : {}) };
    const { enterprises, next } = await this.session.ask("GET", "/v1/staff/enterprises", { query });
    const cards = enterprises.map((one) => this.listed(one));
    const none = make("li", { className: "empty" }, ...both("没有找到企业", "No enterprise found"));
    if (skip) list.append(...cards);
    else list.replaceChildren(...(cards.length ? cards : [none]));
    more.hidden = !next;
    more.dataset.next = next ?? "";
  }

  listed(one) {
    return make("li", { className: "card" },
      make("a", { href: `${HASH}/${one.enterprise_id}` }, one.name), " ", make("code", {}, one.enterprise_id),
      nameInto(make("p", { className: "soft" }), one.region), this.chips(one));
  }

  chips(one) {
    return make("p", { className: "chips" },
      one.active ? make("span", { className: "chip done" }, ...both("公开", "shown"))
        : make("span", { className: "chip cancelled" }, ...both("隐藏", "hidden")),
      make("span", { className: "chip" }, one.page_version ? `主页第 ${one.page_version} 版 page v${one.page_version}` : "主页未发布 no page yet"));
  }

  addForm() {
    const form = make("form", {}, input(["企业名称", "Name"], "name", "", { required: true }), district("region"),
      make("button", { type: "submit", className: "go" }, ...both("添加企业", "Add enterprise")));
    join(form, async (body, key) => {
      const made = await this.session.ask("POST", "/v1/staff/enterprises", { body, key });
      say("企业已添加 / added");
      location.hash = `${HASH}/${made.enterprise_id}`;
    }, { draft: "staff.enterprise.new", keep: sessionStorage });
    return make("details", { className: "card narrow" }, make("summary", {}, ...both("添加企业", "Add an enterprise")), form);
  }

  /** Show one enterprise whole. */
  async open(id) {
    const { hash } = location;
    const one = await this.session.ask("GET", `/v1/staff/enterprises/${id}`);
    if (location.hash !== hash) return; // another was opened meanwhile
    const head = make("div", { className: "card" });
    const page = new PageDesk(this.session, one, (now, before) => {
      carry(`staff.enterprise.${id}`, before, now.version);
      this.drawHead(head, now);
    });
    const outlets = new EnterpriseOutlets(this.session, one);
    this.drawHead(head, one);
    this.renamed = (now) => page.renamed(now);
    this.holder.replaceChildren(
      make("p", {}, make("a", { href: HASH }, ...both("‹ 全部企业", "All enterprises"))),
      head, page.holder, outlets.holder);
    await Promise.all([page.load(), outlets.load()]);
  }

  drawHead(head, one) {
    head.replaceChildren(
      make("h2", {}, one.name, " ", make("code", {}, one.enterprise_id)), this.chips(one),
      one.active ? make("p", {}, make("a", { href: `/e/${one.enterprise_id}`, target: "_blank", rel: "noopener" },
        ...both("公开页面", "The public page"))) : "",
      make("details", {}, make("summary", {}, ...both("名称、地区与公开", "Name, district, shown or not")), this.editForm(head, one)));
  }

  editForm(head, one) {
    const path = `/v1/staff/enterprises/${one.enterprise_id}`;
    const draft = `staff.enterprise.${one.enterprise_id}`;
    const form = make("form", {},
      make("input", { type: "hidden", name: "version", value: one.version }),
      input(["企业名称", "Name"], "name", one.name, { required: true }), district("region", one.region),
      make("label", { className: "field tick" }, make("input", { type: "checkbox", name: "active", checked: one.active }),
        make("span", {}, ...both("公开显示", "People see it"))),
      make("button", { type: "submit", className: "go" }, ...both("保存", "Save")));
    join(form, (given) => orStale(form, async () => {
      const now = await this.session.ask("PUT", path, { body: { ...given, version: Number(given.version) } });
      say("企业已保存 / saved");
      sessionStorage.removeItem(draft); // before it is drawn anew: the new form would read it
      this.renamed(now);
      this.drawHead(head, now);
    }, () => {
      sessionStorage.removeItem(draft);
      return this.open(one.enterprise_id);
    }), { draft, keep: sessionStorage });
    return form;
  }
}
