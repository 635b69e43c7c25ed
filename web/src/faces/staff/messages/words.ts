// What the page of texts, refused callbacks and notices says.

import type { Pairs } from "@/i18n";

export default {
  messages: {
    title: ["消息", "Messages"],
    texts: ["短信", "Texts"],
    last_day: ["24 小时", "Last 24 hours"],
    no_texts: ["没有短信", "No texts"],
    phone: ["手机号", "Phone"],
    purpose: ["事由（会留痕）", "Why (recorded)"],
    look: ["查这个号码", "Look at it"],
    all: ["看全部", "All of them"],
    of_one: ["只显示这个号码的短信", "Texts of this phone only"],
    kind: ["类型", "Kind"],
    fate: ["结果", "Outcome"],
    at: ["时间", "When"],
    vendor: ["服务商", "Vendor"],
    report: ["回执 {at}", "report {at}"],
    tried: ["试过", "tried"],
    why: ["说明", "Why"],
    id: ["编号", "Ids"],
    refused: ["被拒绝的回调（两周）", "Refused callbacks (two weeks)"],
    no_refused: ["两周内没有被拒绝的回调", "Nothing was refused in two weeks"],
    callback: ["回调", "Callback"],
    rule: ["原因", "Why"],
    count: ["次数", "How often"],
    day: ["日期（UTC）", "Day (UTC)"],
    notices: ["查通知", "Notices of"],
    of: ["对象", "Of"],
    order: ["订单", "an order"],
    person: ["人员", "a person"],
    name: ["编号", "Its id"],
  },
} satisfies Pairs;
