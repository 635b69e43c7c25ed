// Holds the pages' realtime client where a test can reach it, and notes what it tells a page.
import { Realtime } from "/static/realtime.js";
import { Session } from "/static/sessions.js";

const session = new Session("customer");
const realtime = new Realtime(session);
const seen = { states: [], events: [], snapshots: [], live: 0 };
realtime.addEventListener("state", (event) => seen.states.push(event.detail));
realtime.follow("me", {
  snapshot: (snapshot) => seen.snapshots.push(snapshot),
  event: (event) => seen.events.push(event.en),
  live: () => { seen.live += 1; },
});
window.probe = { session, realtime, seen };
