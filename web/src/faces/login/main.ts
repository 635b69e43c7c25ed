import "@/phone/phone.css";
import { startFace } from "@/kit/face";
import phone from "@/phone/words";
import Login from "./Login.vue";
import words from "./words";

startFace({ name: "customer", app: Login, base: "/", routes: [{ path: "/login", component: Login }], texts: [phone, words] });
