// On or off duty, and where the courier is: the device's place or typed demo coordinates.

import { both, busy, byId, say } from "/static/dom.js";
import { serverNow } from "/static/clock.js";
import { join } from "/static/forms.js";
import { findPlace, geohash, keepPlace, keptPlace, placeText, readPlace } from "/static/places.js";

const REPORT_EVERY_MS = 20_000; // far below the ten minutes after which a position is old

export class Duty {
  constructor({ session, realtime, moved }) {
    this.session = session;
    this.realtime = realtime;
    this.moved = moved;
    this.on = false;
    this.place = keptPlace();
    this.watching = null; // the device's position watch, while used
    this.button = byId("duty");
    this.button.onclick = () => busy(this.button, () => this.turn(!this.on));
    this.form = byId("place-form");
    if (this.place) this.form.elements.place.value = placeText(this.place);
    join(this.form, async (given) => this.stand(readPlace(given.place)));
    byId("find-me").onclick = () => busy(byId("find-me"), () => this.watch());
    this.onState = () => { if (this.on && realtime.live) this.tellAll(); };
    realtime.addEventListener("state", this.onState);
    this.timer = setInterval(() => this.report(), REPORT_EVERY_MS);
    this.draw();
    if (this.place) moved(this.place);
  }

  key() {
    return `lanjian.duty.${this.session.personId}`;
  }

  /** Go on as before a reload: on duty stays on duty. */
  meet() {
    this.on = localStorage.getItem(this.key()) === "on";
    this.draw();
    this.onState();
  }

  async turn(on) {
    if (on && !this.place) throw new Error("先定位或输入坐标 / find your place or type coordinates first");
    await this.session.ask("PUT", "/v1/courier/duty", { body: this.wish(on) });
    this.on = on;
    localStorage.setItem(this.key(), on ? "on" : "off");
    this.draw();
    if (on) await this.reportNow();
  }

  wish(on) {
    // The district here stands in when the position has become old.
    return { on, districts: this.place ? [geohash(this.place)] : [] };
  }

  /** After a break the server may have forgotten: say it all again. */
  async tellAll() {
    try {
      await this.session.ask("PUT", "/v1/courier/duty", { body: this.wish(true) });
      await this.reportNow();
    } catch (error) {
      if (error.status) say(error.message, "error");
    }
  }

  async watch() {
    await this.stand(await findPlace());
    if (this.watching !== null) return;
    this.watching = navigator.geolocation.watchPosition(
      ({ coords }) => this.stand({ lat: coords.latitude, lon: coords.longitude }).catch(() => {}),
      () => {}, { enableHighAccuracy: true, maximumAge: 10_000 });
  }

  async stand(place) {
    this.place = place;
    keepPlace(place);
    this.form.elements.place.value = placeText(place);
    this.moved(place);
    this.draw();
    if (this.on) await this.reportNow();
  }

  report() {
    if (!this.on || !this.place || !this.realtime.live) return;
    this.reportNow().catch((error) => {
      // Refused as off duty: the server has forgotten, unless another tab went off duty.
      if (error.code !== "conflict") return;
      if (localStorage.getItem(this.key()) === "on") this.tellAll();
    });
  }

  async reportNow() {
    const body = { ...this.place, at: new Date(serverNow()).toISOString() };
    if (this.realtime.live) await this.realtime.request({ type: "report_position", ...body });
    else await this.session.ask("PUT", "/v1/courier/position", { body });
    byId("reported").textContent = `位置已上报 reported ${new Date().toLocaleTimeString("zh-CN", { hour12: false })}`;
  }

  draw() {
    this.button.replaceChildren(...(this.on ? both("下班", "Go off duty") : both("上班接单", "Go on duty")));
    this.button.classList.toggle("go", !this.on);
    byId("duty-state").textContent = this.on ? "接单中 on duty" : "休息中 off duty";
    byId("duty-state").classList.toggle("on", this.on);
  }

  end() {
    clearInterval(this.timer);
    this.realtime.removeEventListener("state", this.onState);
    if (this.watching !== null) navigator.geolocation.clearWatch(this.watching);
  }
}
