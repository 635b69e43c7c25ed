// The courier's pages (/courier): the live feed, jobs, earnings, certification.

import "@/phone/phone.css";
import { startFace } from "@/kit/face";
import couriers from "@/i18n/words/couriers";
import money from "@/i18n/words/money";
import orders from "@/i18n/words/orders";
import grants from "@/phone/grants/words";
import scanning from "@/phone/scanning/words";
import phone from "@/phone/words";
import { takeAlipayHandle } from "./alipay_return";
import Courier from "./Courier.vue";
import { routes } from "./routes";
import words from "./words";

takeAlipayHandle();
const { certification, rejection } = couriers;
const { custody, payout, size, zone } = { ...orders, ...money };
const { waits, wallet } = money;
startFace({
  name: "courier",
  app: Courier,
  base: "/courier/",
  routes,
  texts: [phone, grants, scanning, { certification, rejection, custody, payout, size, zone, waits, wallet }, words],
});
