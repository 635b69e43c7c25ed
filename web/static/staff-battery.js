// The record of a removed battery: written, corrected with its versions kept, printed.

import { both, button, make, say, when } from "/static/dom.js";
import { join } from "/static/forms.js";
import { PhotoField } from "/static/photos.js";

const MOST_PHOTOS = 6;
const GRAMS = 1000;

const CONDITION = {
  intact: ["完好", "intact"], dented: ["外壳变形", "dented"], swollen: ["鼓包", "swollen"],
  leaking: ["漏液", "leaking"], flooded: ["浸水", "flooded"], burnt: ["烧蚀", "burnt"],
};

/** The server's rules in words. */
const RULES = {
  battery_code: "4 到 40 位大写字母、数字或连字符 / 4 to 40 letters, digits or hyphens",
  "1_to_5000000": "重量须在 0.001 到 5000 千克之间 / between 0.001 and 5000 kg",
  not_in_future: "不能是将来的时间 / not in the future",
  current: "记录已被更新，请关闭后重新打开 / it changed meanwhile: open it again",
};

const EMPTY = { version: 0, model: "", code: "", count: 1, weight_grams: "", condition: "intact", note: "", photos: [] };

/** A form with the newest version in it, and the older ones below. */
export async function batteryForm(session, booking, saved, close) {
  const url = `/v1/staff/bookings/${booking}/battery`;
  const { versions } = await session.ask("GET", url);
  const known = versions[0] ?? EMPTY;
  const photos = new Photos(session, url, known.photos);
  const form = make("form", {},
    field(["型号", "Model"], "model", known.model, { maxLength: 60 }),
    field(["电池编码", "Battery code"], "code", known.code, { maxLength: 60 }),
    field(["件数", "Packs"], "count", known.count, { type: "number", min: 1, max: 50 }),
    field(["总重（千克）", "Weight of all, kg"], "weight_grams", known.weight_grams ? known.weight_grams / GRAMS : "",
      { type: "number", min: 0.001, max: 5000, step: 0.001 }),
    make("label", { className: "field" }, ...both("状况", "Condition"), choice(known.condition)),
    field(["说明", "Note"], "note", known.note, { maxLength: 200, required: false }),
    photos.holder,
    field(["交给谁", "Handed to"], "handed_to", known.handed_to ?? "", { maxLength: 60, required: false, data: { private: "" } }),
    field(["交接时间", "Handed over at"], "handed_at", local(known.handed_at), { type: "datetime-local", required: false }),
    make("p", { className: "row" }, make("button", { type: "submit", className: "go" }, ...both(known.version ? "保存更正" : "保存记录", "Save")),
      button(both("关闭", "Close"), close)));
  join(form, async (given) => {
    await save(session, url, known.version, given, await photos.ids());
    say("电池记录已保存 / saved");
    close();
    saved();
  });
  return make("div", {}, form, history(versions));
}

async function save(session, url, version, given, photos) {
  const body = {
    version, photos, model: given.model, code: given.code, count: Number(given.count),
    weight_grams: Math.round(Number(given.weight_grams) * GRAMS), condition: given.condition, note: given.note,
    ...(given.handed_to ? { handed_to: given.handed_to } : {}),
    ...(given.handed_at ? { handed_at: `${given.handed_at}:00+08:00` } : {}),
  };
  try {
    await session.ask("POST", url, { body });
  } catch (error) {
    const said = RULES[error.rule];
    throw said ? Object.assign(new Error(said), { field: error.field, hint: said }) : error;
  }
}

const field = (label, name, value, more = {}) => make("label", { className: "field" }, ...both(...label),
  make("input", { name, value, required: true, autocomplete: "off", ...more }));

function choice(now) {
  return make("select", { name: "condition" }, Object.entries(CONDITION).map(([value, words]) => make("option",
    { value, selected: value === now }, words.join(" / "))));
}

/** An instant as the field of a form wants it, in China's time. */
function local(instant) {
  if (!instant) return "";
  return new Date(instant).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 16).replace(" ", "T");
}

function history(versions) {
  if (!versions.length) return "";
  return make("details", {}, make("summary", {}, ...both("历次记录", "All versions")), make("ol", { reversed: true },
    versions.map((one) => make("li", {}, `${when(one.at)} · ${one.model} · `, make("code", {}, one.code),
      ` · ${one.count} × · ${one.weight_grams / GRAMS} kg · ${(CONDITION[one.condition] ?? [one.condition]).join(" / ")}`,
      one.handed_to ? ` → ${one.handed_to} ${when(one.handed_at)}` : "", one.note ? ` · ${one.note}` : ""))));
}

/** Photos that are kept from the last version, and new ones. */
class Photos {
  constructor(session, url, kept) {
    this.session = session;
    this.kept = new Set(kept);
    this.fields = [];
    this.places = make("div", {});
    this.add = button(both("添加照片", "Add a photo"), () => this.one());
    this.holder = make("div", { className: "field" }, ...both("照片", "Photos"),
      make("div", {}, kept.map((photo) => this.old(url, photo))), this.places, this.add);
  }

  old(url, photo) {
    const picture = make("img", { className: "preview", alt: "电池照片 battery photo" });
    this.session.ask("GET", `${url}/photos/${photo}`, { query: { purpose: "record" }, wanted: "blob" })
      .then((blob) => { picture.src = URL.createObjectURL(blob); }, (error) => say(error.message, "error"));
    const line = make("div", {}, picture, button(both("去掉", "Leave out"), () => {
      this.kept.delete(photo);
      line.remove();
    }, "quiet"));
    return line;
  }

  one() {
    if (this.kept.size + this.fields.length >= MOST_PHOTOS) {
      say("最多 6 张照片 / six photos at most");
      return;
    }
    const place = make("div", {});
    const made = new PhotoField(this.session, place);
    made.input.required = false;
    this.fields.push(made);
    this.places.append(place);
  }

  async ids() {
    const all = [...this.kept];
    for (const one of this.fields) if (one.input.files.length) all.push(await one.id());
    return all;
  }
}

/** The label is fetched with the token, which never goes into a URL; the links lead to the copy here. */
export async function labelLinks(session, booking) {
  const blob = await session.ask("GET", `/v1/staff/bookings/${booking}/battery.pdf`, { wanted: "blob" });
  const href = URL.createObjectURL(blob);
  setTimeout(() => URL.revokeObjectURL(href), 10 * 60_000);
  return make("p", { className: "row" },
    make("a", { className: "button", href, target: "_blank" }, ...both("打开标签", "Open the label")),
    make("a", { className: "button", href, download: `battery-${booking}.pdf` }, ...both("下载", "Download")));
}
