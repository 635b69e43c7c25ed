// What the desk's shell, its lists and its questions say.

import type { Pairs } from "@/i18n";
import phone from "@/phone/words";

export default {
  login: phone.login,
  desk: {
    title: ["员工工作台", "Staff desk"],
    menu: ["菜单", "Menu"],
    open_menu: ["打开菜单", "Open the menu"],
    skip: ["跳到内容", "Skip to the content"],
    log_in_here: ["请用员工手机号登录", "Staff log in here"],
    not_staff: ["这个账号没有员工权限。请管理员添加角色，或换一个账号。", "This account has no staff role. Ask an admin for one, or use another account."],
    look_again: ["再看一次", "Look again"],
    not_yours: ["您的角色看不到这一页。", "Your roles do not include this page."],
    no_page: ["没有这一页。", "There is no such page."],
    switch: ["切换账号", "Switch account"],
    switch_to: ["切换到 {phone}", "Switch to {phone}"],
    account: ["账号", "Account"],
    other_phone: ["用另一个手机号登录", "Log in with another phone"],
    classic: ["企业、网点、到店与证件", "Enterprises, outlets, day, papers"],
    enterprises: ["企业", "Enterprises"],
    outlets: ["网点", "Outlets"],
    day: ["到店", "Outlet's day"],
    papers: ["证件核对", "Bookings' papers"],
    waiting: ["{title}：{count} 件待处理", "{title}: {count} waiting"],
    rows: ["{count} 条", "{count} rows"],
    keys: ["↑↓ 或 J K 移动，回车打开", "↑↓ or J K to move, Enter to open"],
    reason: ["原因", "Reason"],
    recorded: ["会留痕", "goes on record"],
    choose: ["请选择原因", "Choose a reason"],
    say_why: ["请写明原因", "Please say why"],
    optional: ["选填", "optional"],
    sure: ["确定", "Yes"],
    not_now: ["返回", "Back"],
    old: ["离线：这是 {at} 的内容", "Offline: this is of {at}"],
    ago: ["{span} 前", "{span} ago"],
    reload_page: ["页面版本已旧，请刷新", "This page is of an older version: please reload"],
  },
} satisfies Pairs;
