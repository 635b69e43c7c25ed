// What the queue of couriers' papers says.

import type { Pairs } from "@/i18n";

export default {
  certifications: {
    title: ["认证审核", "Papers to review"],
    empty: ["没有待审核的认证", "No papers to review"],
    photo: ["证件照片", "Photo of the papers"],
    gone: ["这份申请已被处理或撤回。您看到的是之前的内容。", "Somebody decided on it, or it was withdrawn. What you see is how it was."],
    approve: ["通过认证", "Approve"],
    reject: ["不通过", "Refuse"],
    sure: ["姓名、身份证号与照片一致，公司与工号已核实？", "Do name and number agree with the photo, and is the employer confirmed?"],
    why: ["不通过，请选择原因；说明会给揽件员看。", "Refuse: say why; the courier reads the note."],
    approved: ["{phone} 已通过", "{phone} approved"],
    rejected: ["{phone} 未通过", "{phone} refused"],
    holder: ["该身份证号已认证另一账号 {holder}", "This ID number certifies another account: {holder}"],
    name: ["姓名", "Name"],
    id_number: ["身份证号", "ID number"],
    employer: ["公司", "Employer"],
    staff_number: ["工号", "Staff number"],
    until: ["有效期", "Until"],
    applied: ["提交", "Applied"],
    account: ["账号", "Account"],
  },
} satisfies Pairs;
