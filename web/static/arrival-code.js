// The code that a car's owner shows at the outlet: it turns by itself while it is shown.

import { secondsUntil } from "/static/clock.js";
import { both, button, make, say } from "/static/dom.js";

/** A button that shows a booking's code, in the place where the button stands. */
export function arrivalButton(session, booking) {
  const shown = make("span", {});
  shown.append(button(both("到店码", "Code for the outlet"), async () => {
    await show(session, booking, shown);
  }, "go"));
  return shown;
}

async function show(session, booking, place) {
  const view = await session.ask("GET", `/v1/bookings/${booking}/arrival`);
  const picture = make("img", { className: "qr", alt: "到店码 code for the outlet", src: view.qr, width: 220, height: 220 });
  place.replaceChildren(picture, make("p", { className: "soft" }, ...both("到店时请出示给工作人员", "show it to the staff")));
  const wait = Math.max(5000, secondsUntil(view.fetch_again_at) * 1000);
  setTimeout(() => {
    if (picture.isConnected) show(session, booking, place).catch((error) => say(error.message, "error"));
  }, Math.min(wait, 10 * 60_000));
}
