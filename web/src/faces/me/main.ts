// The personal centre (/me): details, vehicles, bookings, WeChat, own data.

import "@/phone/phone.css";
import "@/bookings/bookings.css";
import { startFace } from "@/kit/face";
import phone from "@/phone/words";
import Me from "./Me.vue";
import { routes } from "./routes";
import words from "./words";

startFace({ name: "customer", app: Me, base: "/me", routes, texts: [phone, words] });
