// A courier's certification: the form, where it stands and why, and the way back to an offer.

import { both, button, byId, lastDay, make, say, when } from "/static/dom.js";
import { join } from "/static/forms.js";
import { PhotoField } from "/static/photos.js";
import { CERTIFICATION, REJECTION, word } from "/static/words.js";

const DRAFT = "lanjian.draft.certification";
const OFFER = "lanjian.offer"; // the order that led here

export class CertificationPanel {
  /** `changed` hears a state that this panel came to know. */
  constructor(session, changed) {
    this.session = session;
    this.changed = changed;
    this.place = byId("certification-form");
    this.drawn = null; // what the form on the page was drawn for, so that typing is not disturbed
  }

  /** Show it; `order` is the offer that could not be claimed yet. */
  async show(order = "") {
    if (/^LJ[0-9A-Z]{14}$/.test(order)) sessionStorage.setItem(OFFER, order);
    try {
      this.draw(await this.session.ask("GET", "/v1/certification"));
    } catch (error) {
      this.drawn = null;
      this.place.replaceChildren(make("p", { className: "problem" }, error.message, " ",
        button(both("重试", "Try again"), () => this.show())));
    }
  }

  draw(view) {
    this.changed(view.state);
    const name = JSON.stringify(view);
    if (name === this.drawn) return;
    this.drawn = name;
    this.place.replaceChildren(...this.parts(view));
  }

  parts(view) {
    const { application } = view;
    const waits = application?.state === "waiting";
    if (application?.state === "approved") sessionStorage.removeItem(DRAFT);
    const parts = [this.wayBack(view), why(view)];
    if (view.state === "certified" && view.until) {
      parts.push(make("p", {}, ...both(`有效期至 ${lastDay(view.until)}`, `good through ${lastDay(view.until)}`)));
    }
    if (application) parts.push(summary(application));
    if (waits) {
      parts.push(make("p", { className: "next" }, ...both("已提交，客服正在核对；有结果会马上通知您。",
        "Handed in: staff are looking at it. You hear of the result at once.")));
    }
    if (view.may_apply) parts.push(this.form(view));
    return parts.filter(Boolean);
  }

  /** Back to the offer that led here, once it may be claimed. */
  wayBack(view) {
    const order = sessionStorage.getItem(OFFER);
    if (!order) return null;
    if (view.state !== "certified") {
      return make("p", { className: "soft" }, ...both(`认证通过后回到订单 ${order}`, "back to this order when you are certified"));
    }
    return make("p", {}, button(both(`回到订单 ${order}`, "Back to the order"), () => {
      sessionStorage.removeItem(OFFER);
      this.drawn = null;
      location.hash = `offers/${order}`;
    }, "go"));
  }

  form(view) {
    const photo = make("div", { className: "field" },
      make("span", {}, ...both("身份证照片（人像面）", "Photo of your ID card, the side with your face")));
    const field = new PhotoField(this.session, photo);
    const form = make("form", {},
      text("real_name", ["真实姓名", "Real name"], { autocomplete: "name", maxLength: 40 }),
      text("id_number", ["身份证号", "ID number"], { maxLength: 32, data: { private: "" } }),
      text("employer", ["所属快递公司", "Employer"], { maxLength: 60 }),
      text("staff_number", ["工号", "Staff number"], { maxLength: 32 }),
      text("expires_on", ["工作证有效期至", "Papers good through"], { type: "date" }), photo,
      make("p", { className: "hint" }, ...both("身份证号加密保存，只有审核客服可以看到，每次查看都有记录。",
        "Your ID number is kept encrypted; reviewers alone see it, and each look is recorded.")),
      make("button", { type: "submit", className: "go" }, ...both("提交认证", "Apply")));
    join(form, async (given, key) => {
      const body = { ...given, photo_id: await field.id() };
      const after = await this.session.ask("POST", "/v1/certification", { key, body });
      say("已提交，等待审核 / handed in; staff will look at it");
      this.draw(after);
    }, { draft: DRAFT, keep: sessionStorage, forgets: false }); // refused papers are mended
    const renews = view.state === "certified";
    return make("details", { open: !renews },
      make("summary", {}, ...(renews ? both("换新证件，提前续期", "New papers: renew early") : both("填写认证信息", "Your papers"))),
      form);
  }
}

function why(view) {
  const { state, reason, application } = view;
  if (state === "suspended") return reason ? make("p", { className: "problem" }, ...both("停用原因", "why"), `：${reason}`) : null;
  if (application?.state === "rejected") {
    return make("p", { className: "problem" }, ...both("未通过", "refused"), `：${word(REJECTION, application.reason)}`,
      application.note ? ` — ${application.note}` : "");
  }
  if (state === "expired") {
    return make("p", { className: "problem" }, ...both("认证已到期，暂停接单，请提交新的证件。",
      "Your certification has run out: no offers until new papers are approved."));
  }
  return null;
}

function summary(application) {
  return make("p", { className: "soft" }, `${application.masked_name} · ${application.masked_id_number} · ${application.employer}`
    + ` · ${application.masked_staff_number} · ${when(application.applied_at)} 提交 applied`);
}

function text(name, label, more = {}) {
  return make("label", { className: "field" }, ...both(...label),
    make("input", { name, required: true, autocomplete: "off", ...more }));
}
