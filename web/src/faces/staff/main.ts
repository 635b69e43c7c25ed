// The staff's desk. Its sections' pages and texts are found in their folders.

import "element-plus/theme-chalk/base.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "@/desk/desk.css";
import desk from "@/desk/words";
import type { Pairs } from "@/i18n";
import couriers from "@/i18n/words/couriers";
import enterprises from "@/i18n/words/enterprises";
import messages from "@/i18n/words/messages";
import money from "@/i18n/words/money";
import orders from "@/i18n/words/orders";
import terminals from "@/i18n/words/terminals";
import { startFace } from "@/kit/face";
import App from "./App.vue";
import { routes } from "./routes";

const sections = import.meta.glob<Pairs>("./*/words.ts", { eager: true, import: "default" });
const shared = [couriers, enterprises, messages, money, orders, terminals];

startFace({ name: "staff", app: App, base: "/staff", routes, texts: [desk, ...shared, ...Object.values(sections)] });
