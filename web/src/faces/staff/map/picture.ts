// The couriers' picture on its canvas, kept from frame to frame: only the squares in which somebody
// moved by a whole pixel, came, left or changed looks are drawn anew. A bicycle in town moves a third
// of a pixel a second, so of a thousand couriers some ten change in a frame; drawing all of them each
// time cost twenty times as much of the main thread (docs/operations.md, `lanjian bench map`).

import { type Courier, part } from "./held";

/** Side of the squares that are drawn anew, device pixels. */
export const SQUARE_PX = 32;
const NOWHERE = -0x8000;

/** A part of a courier's sprite, and where it goes, device pixels. */
export type Draw = (look: number, fromX: number, fromY: number, width: number, height: number, toX: number, toY: number) => void;

export interface Onto {
  clear(x: number, y: number, width: number, height: number): void;
  draw: Draw;
}

/** The frame's numbers: how the world lies on the canvas, device pixels. */
export interface Frame {
  width: number;
  height: number;
  scale: number;
  originX: number;
  originY: number;
  /** Side of a sprite. */
  size: number;
  nowMs: number;
  look(courier: Courier): number;
}

export class Picture {
  private roster: Courier[] = [];
  private version = -1;
  private of: unknown = null;
  private left = new Int16Array(0);
  private top = new Int16Array(0);
  private looks = new Uint8Array(0);
  private columns = 0;
  private squares = new Int32Array(0);
  private marked: number[] = [];

  /** Bring the canvas up to date; `whole`: nothing that is on it is good. Tells whether it changed. */
  paint(onto: Onto, frame: Frame, held: { couriers: ReadonlyMap<number, Courier>; version: number }, whole: boolean): boolean {
    const columns = Math.ceil(frame.width / SQUARE_PX);
    const count = columns * Math.ceil(frame.height / SQUARE_PX);
    const anew = whole || held !== this.of || columns !== this.columns || count !== this.squares.length;
    if (anew) {
      this.columns = columns;
      this.squares = new Int32Array(count).fill(-1);
      this.marked = [];
      this.of = held;
      this.version = -1;
    }
    if (held.version !== this.version) this.enrol(held, frame, anew);
    this.place(frame);
    if (!anew && !this.marked.length) return false;
    if (anew || this.marked.length * 2 > count) this.drawAll(onto, frame);
    else this.drawMarked(onto, frame);
    for (const square of this.marked) this.squares[square] = -1;
    this.marked.length = 0;
    return true;
  }

  /** Take who is there now, with what is on the canvas of each; who left is marked. */
  private enrol(held: { couriers: ReadonlyMap<number, Courier>; version: number }, frame: Frame, anew: boolean): void {
    const before = new Map<number, number>();
    if (!anew) this.roster.forEach((courier, at) => before.set(courier.n, at));
    const [wasLeft, wasTop, wasLooks] = [this.left, this.top, this.looks];
    this.roster = [...held.couriers.values()];
    this.left = new Int16Array(this.roster.length).fill(NOWHERE);
    this.top = new Int16Array(this.roster.length);
    this.looks = new Uint8Array(this.roster.length);
    this.roster.forEach((courier, at) => {
      const was = before.get(courier.n);
      if (was === undefined) return;
      before.delete(courier.n);
      this.left[at] = wasLeft[was] ?? NOWHERE;
      this.top[at] = wasTop[was] ?? 0;
      this.looks[at] = wasLooks[was] ?? 0;
    });
    for (const was of before.values()) this.mark(wasLeft[was] ?? NOWHERE, wasTop[was] ?? 0, frame);
    this.version = held.version;
  }

  /** Put everybody where they are now, and mark what that changes. */
  private place(frame: Frame): void {
    const { scale, originX, originY, size, width, height, nowMs, look } = frame;
    const half = size / 2;
    for (let at = 0; at < this.roster.length; at++) {
      const courier = this.roster[at] as Courier;
      const done = part(courier, nowMs);
      let left = Math.round((courier.fromX + (courier.toX - courier.fromX) * done) * scale - originX - half);
      let top = Math.round((courier.fromY + (courier.toY - courier.fromY) * done) * scale - originY - half);
      if (left <= -size || top <= -size || left >= width || top >= height) [left, top] = [NOWHERE, 0];
      const looks = look(courier);
      const [wasLeft, wasTop] = [this.left[at] as number, this.top[at] as number];
      if (left === wasLeft && top === wasTop && (looks === this.looks[at] || left === NOWHERE)) continue;
      this.mark(wasLeft, wasTop, frame);
      this.mark(left, top, frame);
      this.left[at] = left;
      this.top[at] = top;
      this.looks[at] = looks;
    }
  }

  private mark(left: number, top: number, frame: Frame): void {
    this.touched(left, top, frame, (square) => {
      if (this.squares[square] !== -1) return;
      this.squares[square] = this.marked.length;
      this.marked.push(square);
    });
  }

  /** Name the squares that a sprite lies on. */
  private touched(left: number, top: number, { size, width, height }: Frame, each: (square: number) => void): void {
    if (left === NOWHERE) return;
    const [firstX, lastX] = [Math.max(0, left), Math.min(width, left + size) - 1];
    const [firstY, lastY] = [Math.max(0, top), Math.min(height, top + size) - 1];
    for (let row = Math.floor(firstY / SQUARE_PX); row <= Math.floor(lastY / SQUARE_PX); row++) {
      for (let column = Math.floor(firstX / SQUARE_PX); column <= Math.floor(lastX / SQUARE_PX); column++) each(row * this.columns + column);
    }
  }

  private drawAll(onto: Onto, { width, height, size }: Frame): void {
    onto.clear(0, 0, width, height);
    for (let at = 0; at < this.roster.length; at++) {
      const left = this.left[at] as number;
      if (left !== NOWHERE) onto.draw(this.looks[at] as number, 0, 0, size, size, left, this.top[at] as number);
    }
  }

  /** Draw the marked squares with the parts of sprites that lie on them, in the roster's order. */
  private drawMarked(onto: Onto, frame: Frame): void {
    const on: number[][] = this.marked.map(() => []);
    for (let at = 0; at < this.roster.length; at++) {
      this.touched(this.left[at] as number, this.top[at] as number, frame, (square) => on[this.squares[square] as number]?.push(at));
    }
    this.marked.forEach((square, place) => {
      const x = (square % this.columns) * SQUARE_PX;
      const y = Math.floor(square / this.columns) * SQUARE_PX;
      onto.clear(x, y, SQUARE_PX, SQUARE_PX);
      for (const at of on[place] ?? []) {
        const [left, top] = [this.left[at] as number, this.top[at] as number];
        const [toX, toY] = [Math.max(x, left), Math.max(y, top)];
        const width = Math.min(x + SQUARE_PX, left + frame.size) - toX;
        const height = Math.min(y + SQUARE_PX, top + frame.size) - toY;
        onto.draw(this.looks[at] as number, toX - left, toY - top, width, height, toX, toY);
      }
    });
  }
}
