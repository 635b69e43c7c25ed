// A booking's papers: the consent, the two photos, and what was read off them, to be corrected.
// Each photo and each correction goes to the server at once, so that nothing is lost by a reload.

import { both, button, make, say } from "/static/dom.js";
import { KINDS, smaller } from "/static/photos.js";
import { ApiError, drawKey } from "/static/wire.js";

const KIND = {
  id_card: { label: ["身份证（人像面）", "ID card, the side with the face"], form: "id_photo",
    fields: { name: ["姓名", "name"], sex: ["性别", "sex"], ethnicity: ["民族", "ethnicity"], birth: ["出生", "born"],
      number: ["身份证号", "number"], address: ["住址", "address"] } },
  vehicle_licence: { label: ["行驶证（正页）", "vehicle licence, first page"], form: "licence_photo",
    fields: { plate: ["号牌号码", "plate"], type: ["车辆类型", "type"], owner: ["所有人", "owner"], use: ["使用性质", "use"],
      model: ["品牌型号", "model"], vin: ["车辆识别代号", "VIN"], engine: ["发动机号", "engine"],
      registered: ["注册日期", "registered"], issued: ["发证日期", "issued"], address: ["住址", "address"] } },
};

const READING = new Set(["waiting", "reading"]);

export class Papers {
  /** The papers of one booking; `uploading` hears that a photo goes out, `changed` of each view. */
  constructor(session, booking, { uploading = () => {}, changed = () => {} } = {}) {
    this.session = session;
    this.path = `/v1/bookings/${booking}/papers`;
    this.uploading = uploading;
    this.changed = changed;
    this.tick = make("input", { type: "checkbox", name: "consent", required: true, data: { field: "consent_version", private: "",
      hint: "上传证件照片须单独同意 / photos of papers need your consent" } });
    this.tick.onchange = () => this.agree();
    this.page = make("a", { target: "_blank", rel: "noopener" }, "《证件照片使用说明》");
    this.parts = Object.fromEntries(Object.keys(KIND).map((kind) => [kind, new Paper(this, kind)]));
    this.node = make("div", {},
      make("label", { className: "field tick" }, this.tick, make("span", {}, "我同意", this.page,
        "：身份证和行驶证照片只用于核对本次预约，完成或取消后 30 天删除 ",
        make("small", {}, "I agree to how photos of my papers are used: for this booking only, deleted 30 days after it is done or cancelled"))),
      ...Object.values(this.parts).map((part) => part.node), (this.offer = make("p", {})));
  }

  async load() {
    this.take(await this.session.ask("GET", this.path));
    return this;
  }

  take(view) {
    if (this.view && view.version < this.view.version) return;
    this.view = view;
    this.page.href = `/papers-consent/${view.consent_version}`;
    this.tick.checked = Boolean(view.agreed_at);
    this.tick.disabled = this.tick.checked;
    for (const [kind, part] of Object.entries(this.parts)) {
      part.draw(view.sheets.find((sheet) => sheet.kind === kind), Boolean(view.agreed_at));
    }
    this.drawOffer(view.offered_vehicle);
    this.changed(view);
  }

  /** The licence's vehicle may be kept among one's own, for the next time. */
  drawOffer(vehicle) {
    this.offer.replaceChildren(...(vehicle ? [button(both(`把 ${vehicle.plate} 存入我的车辆`, "Keep it among my vehicles"), async () => {
      await this.session.ask("POST", "/v1/me/vehicles", { body: vehicle });
      say("已存入我的车辆 / kept");
      await this.load();
    }, "quiet")] : []));
  }

  /** Reading has ended: what was read is fetched, nothing personal is pushed. */
  hear(event) {
    if (event.type === "papers_read" && this.path.includes(`/${event.booking_id}/`)) this.load().catch(() => {});
  }

  async agree() {
    if (!this.tick.checked) return;
    try {
      await this.session.ask("POST", "/v1/papers-consent", { body: { consent_version: this.view.consent_version } });
      await this.load();
    } catch (error) {
      this.tick.checked = false;
      say(error.message, "error");
    }
  }

  /** The photos for the form. Raises: one is missing. */
  photos() {
    if (!this.view.agreed_at) throw new ApiError({ code: "", field: "consent_version", message: this.tick.dataset.hint });
    return Object.fromEntries(Object.entries(KIND).map(([kind, { form }]) => {
      const sheet = this.view.sheets.find((one) => one.kind === kind);
      if (!sheet) throw new ApiError({ code: "", field: form, message: "请拍照或选择照片 / please take or choose a photo" });
      return [form, sheet.photo_id];
    }));
  }
}

class Paper {
  constructor(papers, kind) {
    this.papers = papers;
    this.kind = kind;
    this.input = make("input", { type: "file", accept: KINDS, data: { field: KIND[kind].form } });
    this.input.onchange = () => this.send();
    this.photo = make("div", { className: "taken" });
    this.state = make("p", { className: "soft", role: "status" });
    this.read = make("div", { className: "read" });
    this.again = make("p", { className: "row", hidden: true }, button(both("重新上传", "Send again"), () => this.send()));
    this.choose = make("span", {});
    this.node = make("fieldset", { className: "field paper" }, make("legend", {}, ...both(...KIND[kind].label)),
      make("label", { className: "button choose" }, this.choose, this.input), this.state, this.again, make("div", { className: "pair" }, this.photo, this.read));
    this.drawn = null;
  }

  async send() {
    const [file] = this.input.files;
    if (!file) return;
    if (this.file !== file) Object.assign(this, { file, key: drawKey() });
    this.node.querySelector(".field-error")?.remove();
    this.again.hidden = true;
    this.tell("上传中…", "uploading…");
    this.papers.uploading();
    try {
      const raw = await smaller(file);
      this.papers.take(await this.papers.session.ask("POST", `${this.papers.path}/${this.kind}`, { raw, key: this.key }));
      this.input.value = "";
    } catch (error) {
      this.tell("", "");
      this.again.hidden = error.status !== 0;
      this.node.append(make("span", { className: "field-error", role: "alert" }, error.hint ?? error.message));
    }
  }

  tell(zh, en) {
    this.state.replaceChildren(...(zh ? both(zh, en) : []));
  }

  draw(sheet, agreed) {
    this.input.disabled = !agreed;
    this.choose.replaceChildren(...(sheet ? both("换一张照片", "Another photo") : both("拍照或选择照片", "Take or choose a photo")));
    if (!sheet) {
      this.tell(...(agreed ? ["JPEG、PNG、HEIC、WebP，10 MB 以内", "10 MB at most"] : ["先勾选同意，再拍照", "agree first, then take the photo"]));
      return;
    }
    if (sheet.photo_id !== this.drawn?.photo_id) this.show();
    if (READING.has(sheet.state)) this.tell("照片已收到，正在识别…", "received; it is being read…");
    else if (sheet.state === "read") this.tell("照片已收到，请核对识别结果", "received; please check what was read");
    else this.tell("照片已收到，没能自动识别；可以直接填写，工作人员会核对", "received, but it could not be read; type it in if you like, staff will look");
    const before = this.drawn;
    this.drawn = sheet;
    if (READING.has(sheet.state)) this.read.replaceChildren();
    else this.drawFields(sheet, before?.photo_id === sheet.photo_id && before.state === sheet.state);
  }

  /** The photo by a link of its own, good once: every look is on record. */
  async show() {
    try {
      const link = await this.papers.session.ask("POST", `${this.papers.path}/${this.kind}/link`);
      this.photo.replaceChildren(make("img", { className: "photo", alt: KIND[this.kind].label.join(" "), src: link.path }));
    } catch (error) {
      this.photo.replaceChildren(make("p", { className: "problem" }, error.message));
    }
  }

  drawFields(sheet, kept) {
    const values = { ...sheet.read, ...sheet.corrected };
    if (!kept) {
      this.inputs = Object.fromEntries(Object.entries(KIND[this.kind].fields).map(([name, [zh, en]]) => {
        const input = make("input", { maxLength: 120, autocomplete: "off", data: { read: name } });
        input.onchange = () => this.correct(name, input);
        return [name, { input, node: make("label", { className: "field" }, ...both(zh, en), input, make("span", {})) }];
      }));
      this.read.replaceChildren(...Object.values(this.inputs).map((one) => one.node), (this.whole = make("div", {})));
    }
    const found = this.papers.view.findings.filter((one) => one.kind === this.kind);
    for (const [name, { input, node }] of Object.entries(this.inputs)) {
      if (document.activeElement !== input) input.value = values[name] ?? "";
      node.classList.toggle("changed", sheet.corrected?.[name] !== undefined && sheet.corrected[name] !== (sheet.read?.[name] ?? ""));
      node.lastElementChild.replaceWith(make("span", {}, found.filter((one) => one.field === name).map(finding)));
    }
    this.whole.replaceChildren(...found.filter((one) => !this.inputs[one.field]).map(finding));
  }

  /** Keep what the person corrects beside what was read. */
  async correct(name, input) {
    try {
      const body = { version: this.drawn.version, fields: { [name]: input.value.trim() } };
      this.papers.take(await this.papers.session.ask("PUT", `${this.papers.path}/${this.kind}`, { body }));
    } catch (error) {
      if (error.code === "stale_version") {
        await this.papers.load();
        if (this.drawn) await this.correctAgain(name, input);
        return;
      }
      this.inputs[name].node.lastElementChild.replaceWith(make("span", { className: "field-error", role: "alert" }, error.hint ?? error.message));
    }
  }

  /** Another field was corrected meanwhile: this one is, over the newer version. */
  async correctAgain(name, input) {
    const body = { version: this.drawn.version, fields: { [name]: input.value.trim() } };
    this.papers.take(await this.papers.session.ask("PUT", `${this.papers.path}/${this.kind}`, { body }).catch((error) => {
      say(error.message, "error");
      return this.papers.view;
    }));
  }
}

const finding = (one) => make("span", { className: one.weight === "fail" ? "field-error" : "field-hint" }, `${one.zh} `, make("small", {}, one.en));
