// What the phone pages' shell and log-in say.

import type { Pairs } from "@/i18n";
import couriers from "@/i18n/words/couriers";
import login from "@/i18n/words/login";

export default {
  role: couriers.role,
  login,
  not_linked: {
    wechat_elsewhere: ["已登录；这个微信绑定着另一个账号，可在“我的账号”里移过来", "Logged in; this WeChat is another account's: move it in My account"],
    another_wechat: ["已登录；您的账号绑定着另一个微信，可在“我的账号”里解绑", "Logged in; your account has another WeChat: unlink it in My account"],
    wechat_over: ["已登录，微信没有绑定", "Logged in; WeChat was not linked"],
  },
  byTerminal: {
    title: ["按终端选位置", "By a terminal you know"],
    loading: ["正在读取…", "Loading…"],
    none: ["还没有终端", "There are no terminals yet"],
    city: ["城市", "City"],
    terminal: ["终端", "Terminal"],
    choose: ["请选择", "Please choose"],
  },
  account: {
    title: ["账号", "Account"],
    switch: ["切换账号", "Switch account"],
    unsent_title: ["还有没发送的内容", "Not everything was sent"],
    unsent_all: ["还没有发送：{what}。现在退出会从这台手机上删除。", "Not sent yet: {what}. Logging out deletes this from the phone."],
    and: ["、", ", "],
    unsent: {
      uploads: ["{count} 份已揽件面单（含照片）", "{count} finished waybill with its photo | {count} finished waybills with photos"],
      photos: ["{count} 张没发出的照片", "{count} photo | {count} photos"],
      waybill: ["填了一半的面单", "a waybill not placed"],
      address: ["没保存的地址", "an address not saved"],
      complaint: ["没提交的投诉", "a complaint not sent"],
      invoice: ["没提交的发票信息", "an invoice not asked for"],
      name: ["没保存的姓名", "a name not saved"],
      vehicle: ["没保存的车辆", "a vehicle not saved"],
      booking: ["填了一半的预约表", "a booking form not sent"],
      certification: ["没提交的认证资料", "certification papers not handed in"],
      carrier: ["没绑定的面单号", "a carrier waybill not bound"],
      refusal: ["没提交的拒收原因", "a refusal not sent"],
    },
    leave_anyway: ["删除并退出", "Delete and log out"],
  },
} satisfies Pairs;
