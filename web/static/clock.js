// The server's time as seen from here: deadlines are counted by it, not by this device's clock.

let offsetMs = 0;
let trustMs = Infinity; // half of the round trip of the best reading so far

/** Take a reading: the server said `serverMs` somewhere between two local instants. */
export function readClock(serverMs, sentMs, gotMs, precisionMs = 0) {
  const doubt = (gotMs - sentMs) / 2 + precisionMs;
  if (doubt > trustMs) {
    trustMs *= 1.2; // an old good reading loses its weight slowly: clocks drift
    return;
  }
  trustMs = doubt;
  offsetMs = serverMs - (sentMs + gotMs) / 2;
}

/** The server's time now, in milliseconds. */
export const serverNow = () => Date.now() + offsetMs;

/** Seconds until an instant of the server's; negative when it has passed. */
export const secondsUntil = (instant) => (Date.parse(instant) - serverNow()) / 1000;
