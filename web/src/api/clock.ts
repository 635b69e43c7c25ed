// The server's time as seen from here: deadlines are counted by it, not by this device's clock.

const AGING = 1.2; // an old good reading loses its weight slowly: clocks drift

export class ServerClock {
  private offsetMs = 0;
  private trustMs = Infinity; // half of the round trip of the best reading so far

  constructor(private readonly localNow: () => number = Date.now) {}

  /** Take a reading: the server said `serverMs` somewhere between two local instants. */
  read(serverMs: number, sentMs: number, gotMs: number, precisionMs = 0): void {
    const doubt = (gotMs - sentMs) / 2 + precisionMs;
    const offset = serverMs - (sentMs + gotMs) / 2;
    // Two readings that cannot both be true: this device's clock was set since the older one.
    const wasSet = Math.abs(offset - this.offsetMs) > doubt + this.trustMs;
    if (doubt > this.trustMs && !wasSet) {
      this.trustMs *= AGING;
      return;
    }
    this.trustMs = doubt;
    this.offsetMs = offset;
  }

  /** The server's time now, in milliseconds. */
  now(): number {
    return this.localNow() + this.offsetMs;
  }

  /** Seconds until an instant of the server's; negative when it has passed. */
  secondsUntil(instant: string): number {
    return (Date.parse(instant) - this.now()) / 1000;
  }
}

/** The one clock of a page. */
export const serverClock = new ServerClock();
