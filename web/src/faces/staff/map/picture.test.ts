// The couriers' picture, drawn in parts, is what drawing all of it would give.

import { describe, expect, it } from "vitest";
import { Held } from "./held";
import { type Frame, type Onto, Picture, SQUARE_PX } from "./picture";

const [WIDTH, HEIGHT, SIZE] = [150, 110, 16];

/** A canvas on which each pixel holds what was drawn over it, in order: blending would show the same. */
class Pixels implements Onto {
  readonly pixels = new Int32Array(WIDTH * HEIGHT);
  draws = 0;
  clear(x: number, y: number, width: number, height: number): void {
    this.each(x, y, width, height, (at) => (this.pixels[at] = 0));
  }
  draw(look: number, fromX: number, fromY: number, width: number, height: number, toX: number, toY: number): void {
    this.draws += 1;
    this.each(toX, toY, width, height, (at, dx, dy) => (this.pixels[at] = (this.pixels[at] ?? 0) * 31 + look * 1000 + (fromY + dy) * 32 + fromX + dx + 1));
  }
  private each(x: number, y: number, width: number, height: number, act: (at: number, dx: number, dy: number) => void): void {
    for (let dy = 0; dy < height; dy++) {
      for (let dx = 0; dx < width; dx++) {
        if (x + dx >= 0 && y + dy >= 0 && x + dx < WIDTH && y + dy < HEIGHT) act((y + dy) * WIDTH + x + dx, dx, dy);
      }
    }
  }
}

const frame = (nowMs: number, change: Partial<Frame> = {}): Frame => ({
  width: WIDTH, height: HEIGHT, scale: 256 * 2 ** 13, originX: 128 * 2 ** 13, originY: 128 * 2 ** 13, size: SIZE, nowMs, look: (courier) => courier.carries, ...change,
});

/** Degrees of a pixel of that frame. */
const E5 = (pixel: number): number => Math.round((pixel / (256 * 2 ** 13)) * 360 * 100_000);

function draw(seed: number): () => number {
  let state = seed;
  return () => ((state = (state * 48271) % 0x7fffffff) / 0x7fffffff);
}

describe("the couriers' picture", () => {
  it("is, in parts, what the whole would be", () => {
    for (const seed of [1, 2, 3]) {
      const random = draw(seed);
      const held = new Held();
      const [kept, canvas] = [new Picture(), new Pixels()];
      const place = (): [number, number] => [-E5(random() * 150 - 20), E5(random() * 190 - 20)];
      held.take({ couriers: Array.from({ length: 20 }, (_, n) => [n, `c${n}`, ...place(), 0, n % 3]) }, 0);
      kept.paint(canvas, frame(0), held, false);
      for (let step = 1; step <= 30; step++) {
        const n = Math.floor(random() * 24);
        if (step % 3 === 0) held.take({ moves: [[n, ...place(), step]] }, step * 100);
        if (step % 7 === 0) held.take({ gone: [n] }, step * 100);
        if (step % 5 === 0) held.take({ couriers: [[n, `c${n}`, ...place(), step, step % 4]] }, step * 100);
        kept.paint(canvas, frame(step * 100), held, false);
        const whole = new Pixels();
        new Picture().paint(whole, frame(step * 100), held, true);
        expect(canvas.pixels.findIndex((one, at) => one !== whole.pixels[at]), `seed ${seed}, step ${step}`).toBe(-1);
      }
    }
  });

  it("draws nothing where nobody moved by a pixel, and little where one did", () => {
    const held = new Held();
    const [kept, canvas] = [new Picture(), new Pixels()];
    held.take({ couriers: [[1, "a", -E5(20), E5(20), 0, 0], [2, "b", -E5(80), E5(120), 0, 0]] }, 0);
    expect(kept.paint(canvas, frame(0), held, false)).toBe(true);
    expect(kept.paint(canvas, frame(16), held, false)).toBe(false);
    held.take({ moves: [[1, -E5(20), E5(21.2), 1]] }, 1000);
    canvas.draws = 0;
    expect(kept.paint(canvas, frame(1001), held, false)).toBe(false); // a thousandth of the way
    expect(kept.paint(canvas, frame(2000), held, false)).toBe(true);
    expect(canvas.draws).toBeGreaterThan(0);
    expect(canvas.draws).toBeLessThanOrEqual(4); // one sprite on up to four squares, the other untouched
    expect(SQUARE_PX).toBeGreaterThan(SIZE);
  });

  it("shows another look, and begins anew for another view or another time", () => {
    const [live, past] = [new Held(), new Held()];
    live.take({ couriers: [[1, "a", -E5(20), E5(20), 0, 0]] }, 0);
    past.take({ couriers: [[1, "z", -E5(90), E5(90), 0, 0]] }, 0);
    const [kept, canvas] = [new Picture(), new Pixels()];
    kept.paint(canvas, frame(0), live, false);
    expect(kept.paint(canvas, frame(0, { look: () => 2 }), live, false)).toBe(true);
    expect(canvas.pixels.some((one) => one >= 2000)).toBe(true);
    expect(kept.paint(canvas, frame(0), past, false)).toBe(true);
    expect(canvas.pixels.filter(Boolean)).toHaveLength(SIZE * SIZE);
    expect(kept.paint(canvas, frame(0, { width: WIDTH - 40 }), past, false)).toBe(true);
  });
});
