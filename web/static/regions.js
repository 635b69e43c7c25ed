// Province, city and district: names for codes, and three linked selects that give a code.

import { make } from "/static/dom.js";

let loading = null;

/** The whole table, fetched once: [[code, name, [[code, name, [[code, name]]]]]]. */
export function regions() {
  loading ??= fetch("/static/regions.json").then((response) => {
    if (!response.ok) throw new Error("regions");
    return response.json();
  }).catch((error) => {
    loading = null; // the next one who asks tries again
    throw error;
  });
  return loading;
}

/** The names of a six-digit code: "广东省 深圳市 福田区", or the code if it is unknown. */
export async function regionName(code) {
  let table;
  try {
    table = await regions();
  } catch {
    return code;
  }
  const names = [];
  let level = table;
  for (const digits of [2, 4, 6]) {
    const row = level?.find(([known]) => known.slice(0, digits) === code.slice(0, digits));
    if (!row) break;
    if (names.at(-1) !== row[1]) names.push(row[1]);
    level = row[2];
  }
  return names.length ? names.join(" ") : code;
}

/** Write a code's names into an element, once they are known. */
export function nameInto(element, code, before = "") {
  element.textContent = `${before}${code}`;
  regionName(code).then((name) => { element.textContent = `${before}${name}`; });
  return element;
}

const PROMPTS = ["省", "市", "区县"];
const LABELS = ["省 province", "市 city", "区县 district"];

/** Three selects in `holder`, and a hidden field `name` with the district's code. */
export class RegionPicker {
  constructor(holder, name, chosen = () => {}) {
    this.chosen = chosen;
    this.hidden = make("input", { type: "hidden", name });
    this.selects = LABELS.map((_, level) => {
      const select = make("select", { aria: { label: LABELS[level] } });
      select.onchange = () => this.changed(level);
      return select;
    });
    this.selects[0].dataset.field = name; // where a refusal of this field is shown
    this.table = [];
    holder.append(make("span", { className: "selects" }, this.selects), this.hidden);
    this.ready = this.load();
  }

  async load() {
    try {
      this.table = await regions();
    } catch {
      this.selects[0].replaceChildren(make("option", { value: "" }, "读取失败，点此重试 / failed, tap to retry"));
      this.selects[0].onfocus = () => { this.selects[0].onfocus = null; this.ready = this.load(); };
      return;
    }
    this.show(this.hidden.value);
  }

  /** Choose a code, as far as it is known. */
  async set(code) {
    this.hidden.value = code ?? "";
    await this.ready;
    this.show(this.hidden.value);
  }

  show(code) {
    let level = this.table;
    this.selects.forEach((select, at) => {
      const digits = 2 * (at + 1);
      options(select, PROMPTS[at], level ?? []);
      const row = code && level?.find(([known]) => known.slice(0, digits) === code.slice(0, digits));
      select.value = row ? row[0] : "";
      level = row ? row[2] : [];
    });
  }

  changed(level) {
    const at = this.selects.slice(0, level + 1).map((select) => select.value).findLast(Boolean) ?? "";
    const rows = this.below(level);
    // A city without districts in the table, or a single choice, needs no further tap.
    const code = level === 2 ? this.selects[2].value : rows.length === 0 ? at : "";
    this.showBelow(level, rows);
    this.hidden.value = code;
    this.hidden.dispatchEvent(new Event("input", { bubbles: true }));
    this.chosen(code);
  }

  below(level) {
    let rows = this.table;
    for (let at = 0; at <= level; at += 1) {
      rows = rows.find(([code]) => code === this.selects[at].value)?.[2] ?? [];
    }
    return rows;
  }

  showBelow(level, rows) {
    for (let at = level + 1; at < 3; at += 1) {
      options(this.selects[at], PROMPTS[at], at === level + 1 ? rows : []);
      this.selects[at].value = "";
    }
    if (rows.length === 1 && level < 2) { // 北京市 has one city: 北京市
      this.selects[level + 1].value = rows[0][0];
      this.showBelow(level + 1, this.below(level + 1));
    }
  }
}

function options(select, prompt, rows) {
  select.replaceChildren(make("option", { value: "" }, prompt),
    ...rows.map(([value, name]) => make("option", { value }, name)));
  select.disabled = rows.length === 0;
}
