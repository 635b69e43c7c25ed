// The customer's pages (/customer): waybills, orders, terminals near, help.

import "@/phone/phone.css";
import orders from "@/i18n/words/orders";
import money from "@/i18n/words/money";
import { startFace } from "@/kit/face";
import complaints from "@/phone/complaints/words";
import grants from "@/phone/grants/words";
import paying from "@/phone/paying/words";
import scanning from "@/phone/scanning/words";
import waybill from "@/phone/waybill/words";
import phone from "@/phone/words";
import Customer from "./Customer.vue";
import { routes } from "./routes";
import words from "./words";

const { custody, charge, step, size, zone } = orders;
startFace({
  name: "customer",
  app: Customer,
  base: "/customer",
  routes,
  texts: [phone, complaints, grants, paying, scanning, waybill, { custody, charge, step, size, zone, invoice: money.invoice }, words],
});
