// Why somebody did or did not hear of something: each notice with its tries.

import { both, button, make, when } from "/static/dom.js";
import { CHANNEL, NOTICE, NOTICE_TRY, NOTICE_WHY, word } from "/static/words.js";

/** A button that shows the notices of a path below itself, `box`. */
export function noticesButton(session, path, box) {
  return button(both("通知", "Notices"), async () => {
    const page = await session.ask("GET", path);
    box.replaceChildren(list(page));
  }, "quiet");
}

function list(page) {
  const resting = page.resting.map((one) => make("li", { className: "problem" },
    `${word(CHANNEL, one.channel)}：暂停至 resting until `, make("time", {}, when(one.until))));
  const notices = page.notices.map(item);
  const none = notices.length ? [] : [make("li", { className: "soft" }, "没有通知 nothing was told")];
  return make("ul", { className: "list notices" }, resting, notices, none);
}

/** The page is always told: a plan of nothing else says no more than the state does. */
const tellsPlan = ({ plan }) => plan.some((one) => one !== "page");

function item(notice) {
  return make("li", { className: "event", data: { notice: notice.notice_id } },
    make("div", { className: "row between" },
      make("b", { className: `chip ${notice.state}` }, word(NOTICE, notice.state)),
      make("time", {}, when(notice.at))),
    make("p", {}, notice.zh),
    make("p", { className: "soft" }, make("code", {}, notice.person_id),
      tellsPlan(notice) ? ` · 计划 plan: ${notice.plan.map((one) => word(CHANNEL, one)).join(" → ")}` : ""),
    notice.tries.map((one) => make("p", { className: "soft" },
      `${word(CHANNEL, one.channel)}：${word(NOTICE_TRY, one.outcome)}`,
      one.why ? ` · ${word(NOTICE_WHY, one.why)}` : "", " · ", make("time", {}, when(one.at)))));
}
