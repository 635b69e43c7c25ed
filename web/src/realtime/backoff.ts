// How long to wait before coming back: anything between nothing and a bound that doubles (full
// jitter), so that a thousand phones do not return in one instant.

export const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 30_000;
const MOST_DOUBLINGS = 10;

export class Backoff {
  private tries = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** Draw the next wait in milliseconds; each call may wait longer than the one before. */
  next(): number {
    const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.tries);
    this.tries = Math.min(this.tries + 1, MOST_DOUBLINGS);
    return this.within(bound);
  }

  /** Draw a wait below a bound that the server named. */
  within(boundMs: number): number {
    return this.random() * boundMs;
  }

  /** A connection has proved steady. */
  reset(): void {
    this.tries = 0;
  }
}
