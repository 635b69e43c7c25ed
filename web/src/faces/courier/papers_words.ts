// What the courier's certification says.

import type { Pairs } from "@/i18n";

export default {
  certification: {
    title: ["揽件员认证", "Certification"],
    back: ["回到订单 {offer}", "Back to order {offer}"],
    will_be_back: ["认证通过后回到订单 {offer}", "Back to order {offer} when you are certified"],
    suspended: ["停用原因：", "Suspended:"],
    refused: ["未通过：", "Refused:"],
    expired: ["认证已到期，暂停接单，请提交新的证件。", "Your certification has run out: no offers until new papers are approved."],
    until: ["有效期至 {day}", "Good through {day}"],
    applied: ["{at} 提交", "applied {at}"],
    waits: ["已提交，客服正在核对；有结果会马上通知您。", "Handed in: staff are looking at it. You hear of the result at once."],
    papers: ["填写认证信息", "Your papers"],
    renew: ["换新证件，提前续期", "New papers: renew early"],
    handed_in: ["已提交，等待审核", "Handed in; staff will look at it"],
  },
  papers: {
    real_name: ["真实姓名", "Real name"],
    id_number: ["身份证号", "ID number"],
    employer: ["所属快递公司", "Employer"],
    staff_number: ["工号", "Staff number"],
    expires_on: ["工作证有效期至", "Papers good through"],
    photo: ["身份证照片（人像面）", "Photo of your ID card, the side with your face"],
    private: ["身份证号加密保存，只有审核客服可以看到，每次查看都有记录。", "Your ID number is kept encrypted; reviewers alone see it, and each look is recorded."],
    apply: ["提交认证", "Apply"],
  },
} satisfies Pairs;
