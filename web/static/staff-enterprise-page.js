// The page of one enterprise: its blocks as staff write them, and the versions that were saved.

import { both, busy, button, make, say, when } from "/static/dom.js";
import { complain, join } from "/static/forms.js";
import { smaller } from "/static/photos.js";
import { orStale } from "/static/staff-stale.js";
import { BLOCK, zh } from "/static/words.js";

const EMPTY = {
  heading: () => ({ kind: "heading", text: "" }),
  paragraph: () => ({ kind: "paragraph", text: "" }),
  list: () => ({ kind: "list", items: [] }),
  picture: () => ({ kind: "picture", text: "", picture: "" }),
};
const MOST_BLOCKS = 60;

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** Blocks as people see them: the same as web/templates/enterprise.html writes. */
function shownBlocks(blocks) {
  const write = {
    heading: ({ text }) => make("h2", {}, text),
    paragraph: ({ text }) => make("p", { className: "text" }, text),
    list: ({ items = [] }) => make("ul", {}, items.map((item) => make("li", {}, item))),
    picture: ({ text, picture }) => make("figure", {},
      picture ? make("img", { className: "preview", src: `/pictures/${picture}.jpg`, alt: text ?? "" }) : "",
      make("figcaption", { className: "soft" }, text)),
  };
  return blocks.map((block) => write[block.kind](block));
}

export class PageDesk {
  /** `changed` hears of the enterprise when it is another one; after an own act, from which version. */
  constructor(session, enterprise, changed) {
    this.session = session;
    this.enterprise = enterprise;
    this.changed = changed;
    this.path = `/v1/staff/enterprises/${enterprise.enterprise_id}`;
    this.draft = `staff.page.${enterprise.enterprise_id}`;
    this.blocks = [];
    this.base = 0;
    this.list = make("div", {});
    this.preview = make("section", { className: "card", hidden: true });
    this.versions = make("div", {});
    this.kept = make("p", { className: "hint", hidden: true });
    this.form = this.makeForm();
    this.holder = make("section", { className: "card", data: { desk: "page" } },
      make("h2", {}, ...both("企业主页", "The enterprise's page")), this.kept, this.form, this.preview, this.versions);
  }

  /** The enterprise was edited: its version is another one now. */
  renamed(enterprise) {
    this.enterprise = enterprise;
    this.loadVersions().catch((error) => say(error.message, "error"));
  }

  async load() {
    const latest = await this.loadVersions();
    const draft = this.readDraft();
    if (draft) {
      ({ base: this.base, blocks: this.blocks } = draft);
      this.kept.replaceChildren(...both("这是您未保存的内容。", "What you typed and did not save. "),
        button(both("放弃，读取已保存的", "Drop it"), () => this.drop(), "quiet"));
    } else {
      this.base = latest;
      this.blocks = latest ? (await this.version(latest)).blocks : [];
    }
    this.kept.hidden = !draft;
    this.preview.hidden = true; // of what was typed before
    this.draw();
  }

  readDraft() {
    try {
      const { base, blocks } = JSON.parse(sessionStorage.getItem(this.draft));
      return { base, blocks: blocks.filter((block) => block.kind in EMPTY) };
    } catch {
      return null; // none, or none that can be read
    }
  }

  keep() {
    sessionStorage.setItem(this.draft, JSON.stringify({ base: this.base, blocks: this.blocks }));
    if (!this.preview.hidden) this.showPreview(both("预览（未保存）", "Preview, not saved"), this.blocks);
  }

  drop() {
    sessionStorage.removeItem(this.draft);
    this.form.querySelectorAll(".reload, .form-error").forEach((each) => each.remove());
    return this.load();
  }

  version(number) {
    return this.session.ask("GET", `${this.path}/pages/${number}`);
  }

  // What is typed

  makeForm() {
    const add = Object.keys(EMPTY).map((kind) => button(["＋ ", ...both(...BLOCK[kind])], () => this.add(kind), "quiet"));
    const form = make("form", {}, this.list, make("p", { className: "row" }, add),
      make("p", { className: "row" },
        make("button", { type: "submit", className: "go" }, ...both("保存为新版本", "Save as a new version")),
        button(both("预览", "Preview"), () => this.togglePreview())));
    join(form, (_, key) => orStale(form, () => this.save(key), () => this.drop()));
    return form;
  }

  draw() {
    this.list.replaceChildren(...this.blocks.map((block, at) => this.blockField(block, at)));
    if (!this.blocks.length) this.list.append(make("p", { className: "empty" }, ...both("还没有内容，请添加一块", "Nothing yet: add a block")));
  }

  blockField(block, at) {
    const acts = make("span", { className: "row" },
      this.mover(at, -1, "↑", "上移 up"), this.mover(at, 1, "↓", "下移 down"),
      this.act("×", "删除 remove", () => this.remove(at)));
    return make("fieldset", { data: { block: at, field: `blocks[${at}]` } },
      make("div", { className: "row between" }, make("strong", {}, `${at + 1}. ${zh(BLOCK, block.kind)}`), acts),
      this.fields(block, at));
  }

  act(sign, label, work) {
    return make("button", { type: "button", className: "quiet", aria: { label }, title: label, onclick: work }, sign);
  }

  mover(at, step, sign, label) {
    const made = this.act(sign, label, () => this.move(at, step));
    made.dataset.move = step;
    made.disabled = !this.blocks[at + step];
    return made;
  }

  text(block, at, part, label, element, read) {
    element.dataset.field = `blocks[${at}].${part}`;
    element.oninput = () => {
      block[part] = read(element.value);
      this.keep();
    };
    return make("label", { className: "field" }, ...both(...label), element);
  }

  fields(block, at) {
    if (block.kind === "picture") return this.pictureFields(block, at);
    if (block.kind === "list") return this.listField(block, at);
    if (block.kind === "paragraph") return this.paragraphField(block, at);
    return this.text(block, at, "text", ["标题", "Heading"], make("input", { value: block.text, maxLength: 60 }), String);
  }

  paragraphField(block, at) {
    return this.text(block, at, "text", ["文字", "Text"], make("textarea", { value: block.text, maxLength: 2000, rows: 4 }), String);
  }

  listField(block, at) {
    return this.text(block, at, "items", ["每行一项", "One item a line"],
      make("textarea", { value: (block.items ?? []).join("\n"), rows: 4 }), lines);
  }

  pictureFields(block, at) {
    const image = make("img", { className: "preview", alt: "", hidden: !block.picture });
    if (block.picture) image.src = `/pictures/${block.picture}.jpg`;
    const file = make("input", { type: "file", accept: "image/jpeg,image/png,image/webp", data: { field: `blocks[${at}].picture` } });
    file.onchange = () => busy(file, () => this.upload(block, file, image));
    return make("div", {},
      make("label", { className: "field" }, ...both("图片（JPEG、PNG，10 MB 以内）", "Picture"), file), image,
      this.text(block, at, "text", ["图片说明", "What it shows"], make("input", { value: block.text, maxLength: 120 }), String));
  }

  async upload(block, file, image) {
    if (!file.files.length) return;
    try {
      const raw = await smaller(file.files[0]);
      const { picture, path } = await this.session.ask("POST", "/v1/staff/pictures", { raw });
      block.picture = picture;
      image.src = path;
      image.hidden = false;
      this.form.dispatchEvent(new Event("input"));
      this.keep();
    } catch (error) {
      complain(this.form, Object.assign(error, { field: file.dataset.field }));
    }
  }

  add(kind) {
    if (this.blocks.length >= MOST_BLOCKS) throw new Error(`最多 ${MOST_BLOCKS} 块 / ${MOST_BLOCKS} blocks at most`);
    this.blocks.push(EMPTY[kind]());
    this.changedBlocks();
    this.list.lastElementChild.querySelector("input, textarea").focus();
  }

  move(at, step) {
    [this.blocks[at], this.blocks[at + step]] = [this.blocks[at + step], this.blocks[at]];
    this.changedBlocks();
    // The same button of the moved block, or at an end the other one.
    const buttons = [...this.list.children[at + step].querySelectorAll("[data-move]")];
    (buttons.find((each) => Number(each.dataset.move) === step && !each.disabled) ?? buttons.find((each) => !each.disabled))?.focus();
  }

  remove(at) {
    this.blocks.splice(at, 1);
    this.changedBlocks();
  }

  changedBlocks() {
    this.draw();
    this.form.dispatchEvent(new Event("input")); // other contents: not the same request again
    this.keep();
  }

  async save(key) {
    try {
      const body = { base: this.base, blocks: this.blocks };
      const saved = await this.session.ask("POST", `${this.path}/pages`, { body, key });
      say(`第 ${saved.number} 版已保存，发布后公开 / version ${saved.number} is saved; publish it to show it`);
    } catch (error) {
      const item = /^(blocks\[\d+\]\.items)\[(\d+)\]/.exec(error.field ?? "");
      if (!item) throw error;
      throw Object.assign(new Error(error.message), { field: item[1], hint: `第 ${Number(item[2]) + 1} 项 item ${Number(item[2]) + 1}: ${error.hint}` });
    }
    await this.drop();
  }

  // What is seen

  togglePreview() {
    if (this.preview.hidden) this.showPreview(both("预览（未保存）", "Preview, not saved"), this.blocks);
    else this.preview.hidden = true;
  }

  showPreview(title, blocks) {
    this.preview.hidden = false;
    this.preview.replaceChildren(make("div", { className: "row between" }, make("small", {}, ...title),
      button(both("收起", "Hide"), () => { this.preview.hidden = true; }, "quiet")),
    make("article", {}, shownBlocks(blocks)));
  }

  // Versions

  /** Draw the saved versions, newest first; give the newest one's number, 0 for none. */
  async loadVersions() {
    const list = make("ul", { className: "list", data: { list: "versions" } });
    const more = button(both("更早的", "Older"), () => this.olderVersions(list, more, Number(more.dataset.next)));
    const latest = await this.olderVersions(list, more);
    const { page_version: shown } = this.enterprise;
    this.versions.replaceChildren(make("h3", {}, ...both("版本", "Versions")),
      list, more, shown ? button(both("撤下主页", "Show no page"), () => this.publish(0), "quiet") : "");
    return latest;
  }

  async olderVersions(list, more, before) {
    const query = before === undefined ? {} : { before };
    const { pages, next } = await this.session.ask("GET", `${this.path}/pages`, { query });
    list.append(...pages.map((one) => this.versionLine(one)));
    if (!list.children.length) list.append(make("li", { className: "empty" }, ...both("还没有保存过", "Nothing saved yet")));
    more.hidden = next === null || next === undefined;
    more.dataset.next = next ?? "";
    return pages[0]?.number ?? 0;
  }

  versionLine(one) {
    const published = one.number === this.enterprise.page_version;
    const older = one.number < this.enterprise.page_version;
    return make("li", { className: "row between" },
      make("span", {}, make("strong", {}, `第 ${one.number} 版 v${one.number}`), ` ${when(one.saved_at)} `, make("code", {}, one.saved_by), " ",
        published ? make("span", { className: "chip done" }, ...both("公开中", "shown now")) : ""),
      make("span", { className: "row" },
        button(both("查看", "Look"), async () => this.showPreview(both(`第 ${one.number} 版`, `version ${one.number}`), (await this.version(one.number)).blocks), "quiet"),
        published ? "" : button(older ? both("回退到此版", "Roll back to it") : both("发布", "Publish"), () => this.publish(one.number), older ? "" : "go")));
  }

  async publish(number) {
    const body = { number, version: this.enterprise.version };
    try {
      this.enterprise = await this.session.ask("PUT", `${this.path}/page`, { body });
    } catch (error) {
      if (error.code !== "stale") throw error;
      this.enterprise = await this.session.ask("GET", this.path);
      this.changed(this.enterprise);
      await this.loadVersions();
      throw new Error("别人刚刚改过，已读取最新内容，请再看一次 / Somebody changed it meanwhile; here is what is there now: please look again.");
    }
    say(number ? `第 ${number} 版已公开 / people see version ${number} now` : "主页已撤下 / no page is shown now");
    this.changed(this.enterprise, body.version);
    await this.loadVersions();
  }
}
