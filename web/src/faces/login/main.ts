// The log-in as a page of its own (/login), which leads back to where one came from.

import "@/phone/phone.css";
import { startFace } from "@/kit/face";
import phone from "@/phone/words";
import Login from "./Login.vue";
import words from "./words";

startFace({ name: "customer", app: Login, base: "/", routes: [{ path: "/login", component: Login }], texts: [phone, words] });
