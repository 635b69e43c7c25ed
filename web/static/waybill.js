// The waybill form: checked field by field, with the price before anything is promised.

import { both, make, yuan } from "/static/dom.js";
import { join } from "/static/forms.js";
import { RegionPicker } from "/static/regions.js";
import { send } from "/static/wire.js";
import { SIZE, ZONE, word } from "/static/words.js";

const SIZES = ["S", "M", "L"];

/**
 * A waybill form. With `origin` the city sent from is fixed (the terminal's); `placed(order)` is
 * called with the new order; what is typed is kept under `draft` until then.
 */
export class WaybillForm {
  constructor(session, { origin = null, draft, placed }) {
    this.session = session;
    this.origin = origin;
    this.placed = placed;
    this.rules = null;
    this.asked = 0; // numbers the price questions, so that a late answer is not shown
    this.price = make("output", { className: "price" });
    this.submit = make("button", { type: "submit", className: "go" }, ...both("提交面单", "Place the order"));
    this.form = make("form", { className: "card" }, this.fields());
    this.from = this.originPicker();
    this.to = new RegionPicker(this.form.querySelector("[data-region]"), "recipient.region",
      () => this.showPrice());
    join(this.form, (given, key) => this.place(given, key), { draft, onInput: () => this.showPrice() });
    this.restored();
    this.loadRules();
  }

  fields() {
    return [
      make("h2", {}, ...both("填写面单", "Waybill")),
      text("sender_name", ["寄件人真实姓名", "Sender's real name"], { autocomplete: "name" }),
      make("fieldset", {}, make("legend", {}, ...both("收件人", "Recipient")),
        text("recipient.name", ["姓名", "Name"]),
        text("recipient.phone", ["手机号", "Phone"], { type: "tel", inputMode: "tel" }),
        make("div", { className: "field", data: { region: "" } },
          make("span", {}, ...both("省市区", "Province, city, district"))),
        text("recipient.address", ["详细地址", "Address"], { maxLength: 120 })),
      text("description", ["物品", "What is inside"], { maxLength: 60, placeholder: "书、衣服… books, clothes" }),
      this.sizes(),
      make("div", { className: "field", data: { origin: "" } },
        make("span", {}, ...both("寄出城市", "Sent from"))),
      make("p", { className: "row between total" }, make("span", {}, ...both("价格", "Price")), this.price),
      tick("no_prohibited_goods", ["不含违禁品", "Nothing prohibited inside"], "prohibited", "违禁品目录 list"),
      tick("consent", ["同意智能柜寄存条款", "I consent to the locker terms"], "consent", "条款 terms"),
      this.submit,
    ];
  }

  sizes() {
    return make("fieldset", { className: "sizes" }, make("legend", {}, ...both("大小", "Size")),
      SIZES.map((size) => make("label", { className: "choice" },
        make("input", { type: "radio", name: "size", value: size, required: true, checked: size === "S" }),
        make("span", {}, word(SIZE, size), " ",
          make("small", { data: { limit: size } })))));
  }

  originPicker() {
    const holder = this.form.querySelector("[data-origin]");
    if (this.origin === null) return new RegionPicker(holder, "origin_region", () => this.showPrice());
    holder.remove();
    return null;
  }

  async restored() {
    const code = this.to.hidden.value; // join put the draft's code back
    if (code) await this.to.set(code);
    if (this.from?.hidden.value) await this.from.set(this.from.hidden.value);
    this.showPrice();
  }

  /** Say where it is sent from, if nothing was chosen yet. */
  async suggestOrigin(region) {
    if (!this.from || this.from.hidden.value) return;
    await this.from.set(region);
    this.showPrice();
  }

  async loadRules() {
    try {
      this.rules = await send("GET", "/v1/rules");
    } catch {
      return; // asked again when the form is sent
    }
    for (const size of SIZES) {
      const limit = this.rules.size_limits_cm?.[size];
      const place = this.form.querySelector(`[data-limit="${size}"]`);
      if (limit && place) place.textContent = `≤ ${limit.join("×")} cm`;
    }
  }

  originCode() {
    return this.origin ?? this.from.hidden.value;
  }

  async showPrice() {
    const size = this.form.elements.size.value;
    const [from, to] = [this.originCode(), this.to.hidden.value];
    const question = `${size} ${from} ${to}`;
    if (question === this.question) return;
    this.question = question;
    const number = (this.asked += 1);
    if (!from || !to) {
      this.price.textContent = "选好地区后显示 / choose the regions first";
      return;
    }
    this.price.textContent = "…";
    try {
      const price = await send("GET", "/v1/price", { query: { size, origin_region: from, region: to } });
      if (number === this.asked) this.price.textContent = `${yuan(price.price_fen)} · ${word(ZONE, price.zone)}`;
    } catch (error) {
      if (number !== this.asked) return;
      this.price.textContent = error.message;
      this.question = null;
    }
  }

  async place(given, key) {
    this.rules ??= await send("GET", "/v1/rules");
    const order = await this.session.ask("POST", "/v1/orders", {
      key,
      body: {
        sender_name: given.sender_name,
        recipient: given.recipient,
        description: given.description,
        size: given.size,
        origin_region: this.originCode(),
        no_prohibited_goods: given.no_prohibited_goods,
        consent_version: this.rules.consent_version,
      },
    });
    this.form.reset();
    await this.to.set("");
    this.question = null;
    this.showPrice();
    this.placed(order);
  }
}

function text(name, label, more = {}) {
  return make("label", { className: "field" }, ...both(...label),
    make("input", { name, required: true, autocomplete: "off", maxLength: 200, ...more }));
}

function tick(name, label, section, linkText) {
  return make("label", { className: "field tick" },
    make("input", { type: "checkbox", name, required: true }),
    make("span", {}, ...both(...label), " ",
      make("a", { href: `/static/terms.html#${section}`, target: "_blank" }, linkText)));
}
