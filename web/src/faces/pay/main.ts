// The page behind a payment QR (/pay/{code}): who has the code may pay, and nobody logs in here.

import "@/phone/phone.css";
import orders from "@/i18n/words/orders";
import { startFace } from "@/kit/face";
import paying from "@/phone/paying/words";
import phone from "@/phone/words";
import Pay from "./Pay.vue";

startFace({ name: "pay", app: Pay, base: "/pay", routes: [{ path: "/:code", component: Pay }], texts: [phone, orders, paying] });
