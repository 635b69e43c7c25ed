// Whom to call, and when: the number that staff keep, as a link that dials.

import { byId, make } from "/static/dom.js";
import { send } from "/static/wire.js";

/** Fill a place of the page; where staff have written none, it stays empty. */
export async function showServiceLine(place = byId("service-line")) {
  if (!place) return;
  const line = await send("GET", "/v1/service-line").catch(() => null);
  if (!line?.phone) return;
  place.hidden = false;
  place.replaceChildren("客服电话 ", make("small", {}, "customer service"), " ",
    make("a", { href: `tel:${line.phone}` }, line.shown), make("br"),
    line.hours_zh, " ", make("small", {}, line.hours_en));
}
