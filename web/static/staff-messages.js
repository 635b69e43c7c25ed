// What went out to phones and what came of it; and what strangers sent to our callbacks.

import { List, both, busy, byId, make, when } from "/static/dom.js";
import { join } from "/static/forms.js";
import { CALLBACK, REFUSED, TEXT, TEXT_KIND, VENDOR, word } from "/static/words.js";

const TEXTS = new Set(["operator", "reviewer", "admin"]);
const STRANGERS = new Set(["operator", "finance", "admin"]);

export class Messages {
  constructor(session) {
    this.session = session;
    this.maySeeTexts = session.person.roles.some((role) => TEXTS.has(role));
    this.maySeeRefused = session.person.roles.some((role) => STRANGERS.has(role));
    byId("messages-tab").hidden = !this.maySeeTexts && !this.maySeeRefused;
    byId("texts-part").hidden = !this.maySeeTexts;
    byId("refused-part").hidden = !this.maySeeRefused;
    this.texts = new List(byId("texts"), { zh: "没有短信", en: "no texts" });
    this.refused = new List(byId("refused"), { zh: "两周内没有被拒绝的回调", en: "nothing was refused in two weeks" });
    this.found = null; // whose texts are shown: what was asked, or everybody's
    join(byId("texts-form"), async (given) => {
      this.found = { phone: given.phone, purpose: given.purpose };
      await this.more(null);
    });
    byId("all-texts").onclick = () => busy(byId("all-texts"), () => this.everybody());
    byId("more-texts").onclick = () => busy(byId("more-texts"), () => this.more(this.next));
  }

  shown(open) {
    if (!open) return;
    if (this.maySeeTexts) this.everybody();
    if (this.maySeeRefused) this.loadRefused();
  }

  everybody() {
    this.found = null;
    byId("texts-form").reset();
    this.texts.loading();
    return this.more(null).catch((error) => this.texts.failed(error, () => this.everybody()));
  }

  /** Read a page of texts, behind those shown when `before` is given. */
  async more(before) {
    const at = before === null ? {} : { before };
    const page = this.found
      ? await this.session.ask("POST", "/v1/staff/texts/find", { body: { ...this.found, ...at } })
      : await this.session.ask("GET", "/v1/staff/texts", { query: at });
    this.items = [...(before === null ? [] : this.items), ...page.texts.map(text)];
    this.next = page.next;
    this.texts.items(this.items);
    byId("more-texts").hidden = page.next === null;
    byId("all-texts").hidden = this.found === null;
    byId("texts-day").replaceChildren(...lastDay(page.last_day));
  }

  async loadRefused() {
    this.refused.loading();
    try {
      const { refused } = await this.session.ask("GET", "/v1/staff/refused-notices");
      this.refused.items(refused.map(refusal));
    } catch (error) {
      this.refused.failed(error, () => this.loadRefused());
    }
  }
}

function text(one) {
  const tried = one.tried.length > 1 ? one.tried.map((vendor) => word(VENDOR, vendor)).join(" → ") : "";
  const why = one.fate === "delivered" ? "" : one.why_words || one.why;
  return make("li", { className: "card", data: { text: one.text_id } },
    make("div", { className: "row between" }, make("strong", {}, word(TEXT_KIND, one.template)),
      make("b", { className: `chip ${CHIP[one.fate] ?? ""}` }, word(TEXT, one.fate))),
    make("p", { className: "soft" }, make("time", {}, when(one.at)),
      one.vendor ? ` · ${word(VENDOR, one.vendor)}` : "", tried ? ` · 试过 tried: ${tried}` : "",
      one.reported_at ? ` · 回执 report ${when(one.reported_at)}` : ""),
    why ? make("p", {}, why, one.why_words ? make("small", {}, ` ${one.why}`) : "") : null,
    make("p", { className: "soft" }, make("code", {}, one.text_id), one.serial ? make("code", {}, ` ${one.serial}`) : ""));
}

const CHIP = { delivered: "done", sent: "on", failed: "down", refused: "down" };

/** The last 24 hours by vendor and outcome, as chips. */
function lastDay(counts) {
  const names = Object.keys(counts).sort();
  if (!names.length) return [make("span", { className: "soft" }, "–")];
  return names.map((name) => {
    const [vendor, state] = name.split(":");
    return make("b", { className: "chip" }, `${vendor ? word(VENDOR, vendor) : "–"} ${word(TEXT, state)} ${counts[name]}`);
  });
}

function refusal(one) {
  return make("li", { className: "card" },
    make("div", { className: "row between" }, make("strong", {}, word(CALLBACK, one.callback)),
      make("b", { className: "chip down" }, `${one.count}`)),
    make("p", {}, word(REFUSED, one.rule)),
    make("p", { className: "soft" }, make("time", {}, one.day), ` UTC · ${one.callback} · ${one.rule}`));
}
