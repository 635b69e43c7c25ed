// Booking a battery removal (/book): enterprises, outlets, slots, the form.

import "@/phone/phone.css";
import "@/bookings/bookings.css";
import { startFace } from "@/kit/face";
import phone from "@/phone/words";
import Book from "./Book.vue";
import { routes } from "./routes";
import words from "./words";

startFace({ name: "customer", app: Book, base: "/book", routes, texts: [phone, words] });
