// The page behind a kiosk's QR (/v/{code}) and a visit's own address (/visit/{id}).

import "@/phone/phone.css";
import orders from "@/i18n/words/orders";
import { startFace } from "@/kit/face";
import grants from "@/phone/grants/words";
import paying from "@/phone/paying/words";
import scanning from "@/phone/scanning/words";
import waybill from "@/phone/waybill/words";
import phone from "@/phone/words";
import Visit from "./Visit.vue";
import words from "./words";

startFace({
  name: "visit",
  app: Visit,
  base: "/",
  routes: [{ path: "/:where(v|visit)/:code", component: Visit }],
  texts: [phone, orders, waybill, scanning, paying, grants, words],
});
