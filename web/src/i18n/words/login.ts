// What logging in by phone says, on phones and on the desk.

import type { Pairs } from "../pairs";

export default {
  title: ["登录", "Log in"],
  phone: ["手机号", "Phone"],
  phone_hint: ["请填写 11 位手机号", "Your 11-digit phone number"],
  code: ["验证码", "Code"],
  code_hint: ["请填写短信里的 6 位验证码", "The 6 digits of the SMS"],
  code_digits: ["6 位数字", "6 digits"],
  send_code: ["获取验证码", "Send code"],
  again_in: ["{seconds} 秒后重发", "Again in {seconds} s"],
  code_sent: ["验证码已发送", "The code was sent"],
  agree: ["我已阅读并同意", "I accept the "],
  agreement: ["《用户协议》", "user agreement"],
  enter: ["登录 / 注册", "Log in or sign up"],
  wechat: ["微信登录", "Log in with WeChat"],
  wechat_working: ["微信登录中…", "Logging in by WeChat…"],
  wechat_failed: ["微信没有确认身份，请用手机号登录", "WeChat did not say who you are; please log in by phone"],
  wechat_first: ["第一次用微信登录：绑定手机号，以后无需再输入", "The first time, your phone is linked"],
  accept_new: ["用户协议已更新，请阅读并同意", "The agreement is new: please read and accept it"],
  accept: ["同意并登录", "Accept and log in"],
  continue_as: ["继续使用", "Continue as"],
} satisfies Pairs;
