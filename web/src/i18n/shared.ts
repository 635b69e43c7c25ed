// Words that every face uses.

import type { Pairs } from "./pairs";

export default {
  link: {
    connecting: ["连接中…", "Connecting…"],
    live: ["实时", "Live"],
    offline: ["离线：显示的是之前的内容，正在重连", "Offline: what you see may be old; reconnecting"],
    refused: ["连接被拒绝，请刷新页面", "Refused: please reload the page"],
    signed_out: ["已退出登录", "Signed out"],
  },
  own: {
    offline: ["网络不通，内容已保留，请重试", "No connection; nothing was lost, please try again"],
    timeout: ["服务器没有及时回应，请重试", "The server did not answer in time; please try again"],
    not_authenticated: ["请先登录", "Please log in"],
    strange: ["服务器的回答无法读懂", "The server's answer could not be read"],
  },
  act: {
    retry: ["重试", "Try again"],
    reload: ["刷新", "Reload"],
    more: ["更多", "More"],
    acts: ["操作", "Actions"],
    send: ["提交", "Send"],
    save: ["保存", "Save"],
    cancel: ["取消", "Cancel"],
    confirm: ["确认", "Confirm"],
    close: ["关闭", "Close"],
    back: ["返回", "Back"],
    next: ["下一步", "Next"],
    remove: ["删除", "Remove"],
    edit: ["修改", "Edit"],
    copy: ["复制", "Copy"],
    search: ["查找", "Search"],
    log_out: ["退出登录", "Log out"],
    log_in: ["登录", "Log in"],
  },
  list: {
    loading: ["读取中…", "Loading…"],
    stale: ["离线：这是之前的内容", "Offline: this may be old"],
    empty: ["暂无内容", "Nothing here yet"],
  },
  part: { lost: ["这部分没有加载成功，请刷新页面重试", "This part did not load; please reload the page to try again"] },
  field: {
    required: ["请填写", "This is needed"],
    form: ["格式不对", "Not in the right form"],
    tick: ["请勾选", "Please tick this"],
  },
  language: { other: ["English", "中文"], switch: ["Switch to English", "切换为中文"] },
  brand: ["揽件", "Lanjian"],
} satisfies Pairs;
