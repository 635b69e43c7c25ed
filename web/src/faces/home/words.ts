// What the home page says.

import type { Pairs } from "@/i18n";

export default {
  home: {
    title: ["揽件", "Lanjian"],
    parcels: ["寄件", "Send a parcel"],
    parcels_hint: ["填面单、扫码存件、看进度", "Waybill, locker, progress"],
    booking: ["电池拆卸预约", "Battery removal"],
    booking_hint: ["选网点、选时段、上传证件", "Outlet, slot, papers"],
    lines: ["服务", "Services"],
    terminals: ["附近终端", "Terminals nearby"],
    help: ["帮助", "Help"],
    agreement: ["用户协议", "User agreement"],
    terms: ["寄存条款与违禁品目录", "Locker terms and prohibited goods"],
    enterprises: ["企业与网点", "Enterprises and outlets"],
    me: ["我的账号", "My account"],
    courier: ["我是揽件员", "I am a courier"],
    staff: ["员工入口", "Staff"],
    call: ["客服电话", "Customer service"],
  },
} satisfies Pairs;
