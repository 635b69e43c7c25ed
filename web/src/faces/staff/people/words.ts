// What the pages of staff, roles and phones say.

import type { Pairs } from "@/i18n";

export default {
  people: {
    title: ["人员与角色", "People and roles"],
    staff: ["员工", "Staff"],
    empty: ["还没有员工", "No staff yet"],
    find: ["按手机号找人", "Find a person by phone"],
    find_hint: ["查找会留痕。", "The look-up goes on record."],
    phone: ["手机号", "Phone"],
    why: ["查找原因（会留痕）", "Why (recorded)"],
    look: ["查找", "Find"],
    person: ["编号", "Id"],
    roles: ["角色", "Roles"],
    edit: ["改角色", "Change roles"],
    edit_title: ["{phone} 的角色", "Roles of {phone}"],
    edit_hint: ["立即生效；失去的权限在各页面马上收回。会留痕。", "At once, on all open pages too. On record."],
    own_admin: ["不能去掉自己的管理员角色", "You cannot take your own admin role away"],
    saved: ["{phone} 的角色已更新", "Roles of {phone} are changed"],
    stale: ["别人刚刚改过这个人的角色，请看清后再保存。", "Somebody changed this person's roles meanwhile: look again, then save."],
    notices: ["通知", "Notices"],
    trail: ["操作记录", "Audit log"],
    change_phone: ["更换手机号", "Change the phone"],
    change_hint: ["仅在本人旧号码无法使用时。核对身份后，验证码发到新号码，由本人读出。", "Only when the old number is lost: check who it is; the code goes to the new number, and the person reads it out."],
    new_phone: ["新手机号", "New number"],
    new_code: ["新号码收到的验证码", "Code to the new number"],
    reason: ["原因（会留痕）", "Reason (recorded)"],
    change: ["更换", "Change"],
    changed: ["已更换为 {phone}，两个号码都已通知", "Changed to {phone}; both numbers were told"],
  },
} satisfies Pairs;
