// The home page (/): where each person finds the way on.

import "@/phone/phone.css";
import { startFace } from "@/kit/face";
import phone from "@/phone/words";
import Home from "./Home.vue";
import words from "./words";

startFace({ name: "customer", app: Home, base: "/", routes: [{ path: "/", component: Home }], texts: [phone, words] });
