// What the courier's earnings and wallets say.

import type { Pairs } from "@/i18n";

export default {
  earnings: {
    pending: ["待结算", "Pending"],
    available: ["可提现", "Available"],
    paid: ["已打款", "Paid out"],
    payouts: ["打款记录", "Payouts"],
    none: ["还没有打款记录", "No payouts yet"],
    waiting: ["待结算的订单", "Orders still to be paid"],
    waits: {
      collect: ["取件、寄出、上传面单并审核后结算", "Paid after collecting, sending off and review"],
      upload: ["等待上传面单", "Waits for your finished waybill"],
      mend: ["面单被退回，等待修改", "Sent back: waits for you to mend it"],
      review: ["等待审核", "Waits for the reviewer"],
      payout: ["等待打款", "Waits to be paid out"],
    },
    confirm: ["确认收款", "Confirm"],
    confirmed: ["已确认，稍后到账", "Confirmed; it will be there soon"],
    in_wechat: ["请在微信里打开本页，确认收款后到账（24 小时内）", "Open this page in WeChat and confirm, within 24 hours: then it is paid"],
    not_opened: ["微信没有打开确认页，请重试", "WeChat did not open it; please try again"],
  },
  payees: {
    title: ["收款方式", "Where you are paid"],
    none: ["还没有收款账号：报酬会等您绑定后发放。", "No account to pay to yet: your pay waits until one is linked."],
    linked: ["已绑定", "Linked"],
    not_linked: ["未绑定", "Not linked"],
    pays: ["收款", "Paid here"],
    since: ["绑定于 {at}", "Linked since {at}"],
    choose: ["用它收款", "Pay me here"],
    chosen: ["以后的报酬发到这里", "You are paid there from now on"],
    unlink: ["解绑", "Unlink"],
    unlink_sure: ["解绑收款支付宝？已在途的打款不受影响。", "Unlink? What is on its way there already still arrives."],
    unlinked: ["已解绑", "Unlinked"],
    link_alipay: ["绑定支付宝", "Link Alipay"],
    link_wechat: ["去绑定微信", "Link WeChat"],
    not_in_wechat: ["微信里打不开支付宝：请在浏览器或支付宝里打开本页绑定。", "WeChat does not open Alipay: open this page in a browser, or in Alipay."],
    failed: ["支付宝没有确认身份，请重试", "Alipay did not confirm who you are; please try again"],
    move: ["移到我的账号", "Move it here"],
  },
} satisfies Pairs;
