// Offers around the courier, live: distance is computed here, the claim is answered at once.

import { List, both, busy, byId, far, make, say, when, yuan } from "/static/dom.js";
import { metresBetween } from "/static/places.js";
import { nameInto } from "/static/regions.js";
import { drawKey } from "/static/wire.js";
import { SIZE, zh } from "/static/words.js";

const ANSWERS_KEPT = 6;

export class Offers {
  constructor({ session, realtime, won }) {
    this.session = session;
    this.realtime = realtime;
    this.won = won;
    this.place = null;
    this.sought = null; // the order that the person comes back to
    this.known = false; // a snapshot has come
    this.offers = new Map(); // order id → offer
    this.nodes = new Map(); // order id → its card, so that a pressed button stays
    this.keys = new Map(); // order id and version → the claim's request id
    this.list = new List(byId("offers"), { zh: "附近暂时没有订单", en: "no offers around you now" });
    this.list.loading();
  }

  follow() {
    this.realtime.follow("offers", {
      snapshot: (snapshot) => {
        this.offers = new Map((snapshot.offers ?? []).map((offer) => [offer.order_id, offer]));
        this.draw();
        this.known = true;
        this.find();
      },
      event: (event) => this.heard(event),
      failed: (error) => this.list.failed(error, () => this.follow()),
    });
  }

  /** Show one offer that the person comes back to, or say that it is gone. */
  seek(order) {
    this.sought = order;
    this.find();
  }

  find() {
    if (!this.sought || !this.known || !this.realtime.live) return;
    const order_id = this.sought;
    this.sought = null;
    const card = this.nodes.get(order_id)?.node;
    if (!card) {
      this.answer({ order_id }, "no", "这个订单已不可抢 / this order is no longer on offer around you");
      return;
    }
    card.classList.add("sought");
    card.scrollIntoView({ block: "center" });
  }

  end() {
    this.realtime.unfollow("offers");
  }

  heard(event) {
    if (event.type === "offer_opened") this.open(event.offer);
    if (event.type === "offer_gone") this.gone(event);
  }

  open(offer) {
    const known = this.offers.get(offer.order_id);
    if (known && known.offer_version > offer.offer_version) return;
    this.offers.set(offer.order_id, offer);
    this.draw();
  }

  gone({ order_id: id, offer_version: version }) {
    const known = this.offers.get(id);
    if (!known || known.offer_version > version) return; // a newer offer of the same order stays
    this.offers.delete(id);
    this.draw();
  }

  stand(place) {
    this.place = place;
    this.nodes.clear(); // distances have changed
    this.draw();
  }

  metres(offer) {
    return this.place ? metresBetween(this.place, offer) : null;
  }

  draw() {
    const sorted = [...this.offers.values()].sort((one, other) =>
      (this.metres(one) ?? 0) - (this.metres(other) ?? 0) || one.opened_at.localeCompare(other.opened_at));
    for (const id of this.nodes.keys()) if (!this.offers.has(id)) this.nodes.delete(id);
    this.list.items(sorted.map((offer) => this.node(offer)));
  }

  node(offer) {
    const known = this.nodes.get(offer.order_id);
    if (known?.version === offer.offer_version) return known.node;
    const fresh = { version: offer.offer_version, node: this.card(offer) };
    this.nodes.set(offer.order_id, fresh);
    return fresh.node;
  }

  card(offer) {
    const metres = this.metres(offer);
    const claim = make("button", { type: "button", className: "go big" }, ...both("抢单", "Claim"));
    claim.onclick = () => busy(claim, () => this.claim(offer));
    return make("li", { className: "card offer", data: { order: offer.order_id } },
      make("div", { className: "row between" }, make("strong", { className: "amount" }, yuan(offer.pay_fen)),
        make("strong", {}, metres === null ? "" : far(metres))),
      make("p", {}, offer.terminal_name, " → ", nameInto(make("span"), offer.destination_region)),
      make("p", { className: "soft" }, `${zh(SIZE, offer.size)} ${offer.size} · ${when(offer.opened_at)}`),
      claim);
  }

  /** Claim; the same request id is used again when the answer did not come. */
  async claim(offer) {
    const name = `${offer.order_id}.${offer.offer_version}`;
    if (!this.keys.has(name)) this.keys.set(name, drawKey());
    const id = this.keys.get(name);
    try {
      const order = await this.send(offer, id);
      this.keys.delete(name);
      this.gone(offer);
      this.answer(offer, "ok", "抢到了 / it is yours");
      this.won(order);
    } catch (error) {
      this.refused(offer, name, error);
    }
  }

  async send(offer, id) {
    const { order_id, offer_version } = offer;
    if (this.realtime.live) {
      const answer = await this.realtime.request({ type: "claim_order", order_id, offer_version }, { id, again: true });
      return answer.order;
    }
    const body = { offer_version, request_id: id };
    return (await this.session.ask("POST", `/v1/offers/${order_id}/claim`, { body })).order;
  }

  refused(offer, name, error) {
    const unsure = ["timeout", "offline", "unavailable"].includes(error.code);
    if (!unsure) this.keys.delete(name);
    if (["taken", "offer_closed"].includes(error.code)) this.gone(offer);
    if (error.code === "not_certified") {
      say(error.message, "error");
      location.hash = `certification/${offer.order_id}`; // and back from there
      return;
    }
    this.answer(offer, unsure ? "unsure" : "no", lossText(error));
  }

  answer(offer, kind, text) {
    const line = make("li", { className: `answer ${kind}` }, make("code", {}, offer.order_id), " ", text);
    const place = byId("answers");
    place.prepend(line);
    while (place.children.length > ANSWERS_KEPT) place.lastElementChild.remove();
  }
}

/** What a lost race says: how much earlier the other was, never who. */
function lossText(error) {
  const earlier = error.details?.earlier_seconds;
  if (error.code !== "taken" || typeof earlier !== "number") return error.message;
  const seconds = earlier < 0.01 ? earlier.toFixed(3) : earlier.toFixed(2);
  return `晚了 ${seconds} 秒 / another courier was ${seconds} s earlier`;
}
