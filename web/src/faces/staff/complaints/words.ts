// What the desk's page of complaints says.

import type { Pairs } from "@/i18n";
import phone from "@/phone/complaints/words";

export default {
  complaint: phone.complaint,
  complaints: {
    title: ["投诉", "Complaints"],
    living: ["未结", "Not settled"],
    mine: ["只看我的", "Only mine"],
    none: ["没有投诉", "No complaints"],
    waits: ["已等 {span}", "for {span}"],
    messages: ["{count} 条消息", "{count} message | {count} messages"],
    nobody: ["无人跟进", "nobody's"],
    to_me: ["我来跟进", "I see to it"],
    not_me: ["不再跟进", "Lay it down"],
    choose: ["请选择一个投诉", "Choose a complaint"],
    answer: ["回复客户", "Answer"],
    settle: ["回复并结案", "Answer and settle"],
    order: ["订单详情", "The order"],
    grown: ["内容已更新，请看过再发送", "There is something new: please read it first"],
    recorded: ["查看与回复会留痕", "Reading and answering go on record"],
    by: ["客服 {who}", "staff {who}"],
  },
} satisfies Pairs;
