// What the list of couriers says.

import type { Pairs } from "@/i18n";

export default {
  couriers: {
    title: ["揽件员", "Couriers"],
    empty: ["没有这样的揽件员", "No such couriers"],
    all: ["全部", "All"],
    state: ["认证", "Certification"],
    search: ["手机号后四位、编号或姓名", "Last 4 digits, id or name"],
    search_hint: ["手机号后四位、编号开头、完整姓名或手机号；按姓名或完整号码查找会留痕。", "The phone's last 4 digits, the beginning of an id, a whole name or number; looking for a name or whole number goes on record."],
    seek: ["查找", "Find"],
    phone: ["手机号", "Phone"],
    person: ["编号", "Id"],
    orders: ["手上订单", "In hand"],
    acts: ["操作", "Acts"],
    notices: ["通知", "Notices"],
    notices_of: ["{phone} 的通知", "Notices of {phone}"],
    look: ["看认证申请", "See the application"],
    certified: ["认证通过", "Certify"],
    certified_why: ["证件已另行核对，直接认证？请写明依据。", "Papers checked otherwise: certify? Say on what ground."],
    reinstated: ["恢复", "Reinstate"],
    reinstated_why: ["恢复这位揽件员？", "Reinstate this courier?"],
    suspended: ["停用", "Suspend"],
    suspended_why: ["停用这位揽件员？原因会给揽件员看。", "Suspend this courier? They read the reason."],
    none: ["撤销认证", "Withdraw"],
    none_why: ["撤销认证，并释放身份证号？", "Withdraw the certification, and free the ID number?"],
    done: ["{phone}：{state}", "{phone}: {state}"],
  },
} satisfies Pairs;
