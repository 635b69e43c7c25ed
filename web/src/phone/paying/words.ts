// What paying says; each face that shows the panel adds this table and `orders` to its texts.

import type { Pairs } from "@/i18n";

export default {
  pay: {
    title: ["支付寄件费", "Pay the postage"],
    postage: ["寄件费", "Postage"],
    wechat_jsapi: ["微信支付", "Pay with WeChat"],
    wechat_native: ["微信扫码支付", "WeChat QR"],
    alipay_precreate: ["支付宝支付", "Alipay"],
    another: ["换一种方式", "Or another way"],
    nowhere: ["这里不能支付，请换微信或支付宝打开", "It cannot be paid here: open it in WeChat or Alipay"],
    confirming: ["正在确认支付…", "Making sure that it is paid…"],
    in_wechat: ["正在微信里支付，还没有完成", "Being paid in WeChat, not finished yet"],
    wechat_qr: ["微信支付二维码", "WeChat Pay QR"],
    press: ["长按二维码支付，或用另一部手机扫码", "Press and hold the QR to pay, or scan it with another phone"],
    by_wechat: ["用微信扫一扫支付", "Scan it with WeChat to pay"],
    open_alipay: ["打开支付宝支付", "Pay in Alipay"],
    alipay_qr: ["支付宝二维码", "Alipay QR"],
    by_alipay: ["或用支付宝扫一扫", "Or scan it with Alipay"],
    paid: ["已支付，谢谢", "Paid, thank you"],
    seen: ["揽件员现在看得到这一单了", "Couriers see it now"],
    expired: ["这个支付码已过期", "This payment code has run out"],
    renew: ["换一个新的", "A new one"],
    elsewhere: ["请扫终端上的新码，或在“我的订单”里支付", "Scan the new one at the terminal, or pay at “My orders”"],
    orders: ["我的订单", "My orders"],
    gone: ["这里没有要支付的", "There is nothing to pay here"],
    gone_why: ["包裹已取回、订单已取消，或这个码不对", "It was taken out or cancelled, or the code is not right"],
    sheet: ["微信没有完成支付，请重试或换一种方式", "WeChat did not pay: try again, or another way"],
    no_bridge: ["请在微信中打开", "Please open this in WeChat"],
  },
} satisfies Pairs;
