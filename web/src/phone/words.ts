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
    unsent_title: ["还有没发送的面单", "Not everything was sent"],
    unsent: ["{count} 份面单（含照片）还没有发送。现在退出会从这台手机上删除。", "{count} waybills with photos were not sent yet. Logging out deletes them from this phone."],
    leave_anyway: ["删除并退出", "Delete and log out"],
  },
} satisfies Pairs;
