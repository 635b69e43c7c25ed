// What the log-in page says beside the log-in itself.

import type { Pairs } from "@/i18n";

export default {
  entry: {
    in: ["已登录，正在打开首页…", "Logged in; opening the home page…"],
    home: ["首页", "Home"],
    call: ["客服电话", "Customer service"],
  },
} satisfies Pairs;
