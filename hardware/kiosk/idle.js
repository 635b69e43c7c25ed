// Time-outs that return to the start. A person who went away must not leave a screen that opens
// doors: after a question the visit is ended. What opens nothing only makes room for the next one's
// scan; the visit goes on at its person's phone, and whatever it shows next comes back here.
"use strict";

// Seconds without a touch until the question, and what answers silence; a door that is open, or a
// parcel that is asked for, waits: the server's own timers speak then.
const PATIENCE = {
  choose_role: 60, choose_order: 60, scan_carrier: 90, door_jammed: 60, // then the visit is left
  on_phone: 60, pay: 120, done: 20, failed: 30, // then only the screen is
};
const LEAVES = new Set(["choose_role", "choose_order", "scan_carrier", "door_jammed"]);
const ASK_SECONDS = 15; // how long the question stands; a screen that only rests asks nothing

class Idle {
  // `leave()` ends the visit, `rest()` shows the start in its place; `now()` in seconds.
  constructor({ leave, rest, now = () => performance.now() / 1000 }) {
    this.leave = leave;
    this.rest = rest;
    this.now = now;
    this.step = "";
    this.since = now();
    this.over = false;
  }

  // Another screen is shown.
  shows(step) {
    this.step = step;
    this.touched();
  }

  touched() {
    this.since = this.now();
    this.over = false;
  }

  // Seconds until the screen goes, once that is soon; else null.
  secondsLeft() {
    const patience = PATIENCE[this.step];
    if (patience === undefined || this.over) return null;
    const asks = LEAVES.has(this.step);
    const left = patience + (asks ? ASK_SECONDS : 0) - (this.now() - this.since);
    return left <= ASK_SECONDS ? Math.max(0, Math.ceil(left)) : null;
  }

  asks() {
    return LEAVES.has(this.step) && this.secondsLeft() !== null;
  }

  tick() {
    if (this.secondsLeft() !== 0) return;
    this.over = true; // once a screen
    if (LEAVES.has(this.step)) this.leave();
    else this.rest();
  }
}
