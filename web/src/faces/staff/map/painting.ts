// Draws the map's things on canvases: districts and a grid where there are no tiles; couriers by the
// thousand, from sprites that are made once a theme; and over them, on a canvas of their own that
// is drawn only when one of them changed, terminals with level, orders and open doors, and clusters.

import type { Colours } from "./colours";
import { type Cluster, type Courier, part, staleness, type Terminal } from "./held";
import { Picture } from "./picture";
import { type Box, type District, gridStep, scaleBar, worldPixels, worldX, worldY } from "./world";

export interface View {
  width: number;
  height: number;
  zoom: number;
  /** The canvas's left upper corner in pixels of the world. */
  originX: number;
  originY: number;
  /** Device pixels a pixel. */
  density: number;
}

/** Who rides. */
export interface Riding {
  held: { couriers: ReadonlyMap<number, Courier>; version: number };
  /** A steady clock, for glides; and the server's, for ages. */
  nowMs: number;
  serverMs: number;
  staleSeconds: number;
}

/** What stands; `ringed` is the courier that is chosen. */
export interface Standing {
  clusters: Iterable<Cluster>;
  terminals: Iterable<Terminal>;
  chosen: string | null;
  ringed: Courier | undefined;
  nowMs: number;
}

const COURIER_PX = 6;
const TERMINAL_PX = 9;
const DEGREES_PX = 36; // at the left edge, where a parallel's degrees are written
const SMALL_FONT = '600 10px system-ui, sans-serif';
const FONT = '12px system-ui, "Noto Sans SC", sans-serif';

type Sprite = HTMLCanvasElement | ImageBitmap;

/** Couriers, on a canvas of their own. */
export class CourierPainter {
  private readonly picture = new Picture();
  private sprites: Sprite[] = [];
  private madeFor = "";

  constructor(private readonly canvas: HTMLCanvasElement) {}

  /** Bring the canvas up to date, all of it where `whole`; tells whether a pixel changed. */
  paint(view: View, { held, nowMs, serverMs, staleSeconds }: Riding, colours: Colours, whole: boolean): boolean {
    const context = this.canvas.getContext("2d");
    if (!context) return false;
    const [resized, redrawn] = [fit(this.canvas, view), this.makeSprites(colours, view.density)];
    const anew = resized || redrawn || whole;
    const { width, height } = this.canvas;
    const { density } = view;
    const [scale, originX, originY] = [worldPixels(view.zoom) * density, view.originX * density, view.originY * density];
    const look = (courier: Courier): number => {
      const age = staleness(courier.at, serverMs, staleSeconds);
      return age === 2 ? 2 : courier.carries ? 3 + age : age;
    };
    const onto = {
      clear: (x: number, y: number, wide: number, high: number) => context.clearRect(x, y, wide, high),
      draw: (looks: number, fromX: number, fromY: number, wide: number, high: number, toX: number, toY: number) => {
        const from = this.sprites[looks];
        if (from) context.drawImage(from, fromX, fromY, wide, high, toX, toY, wide, high);
      },
    };
    return this.picture.paint(onto, { width, height, scale, originX, originY, size: spriteSide(density), nowMs, look }, held, anew);
  }

  /** Fresh, aging, stale; fresh and aging with something to carry. Tells whether they are new ones. */
  private makeSprites(colours: Colours, density: number): boolean {
    const key = `${colours.halo} ${density}`;
    if (this.madeFor === key) return false;
    this.madeFor = key;
    const [fresh, aging, stale] = colours.courier;
    this.sprites = [
      sprite(fresh, colours.halo, density, 1),
      sprite(aging, colours.halo, density, 0.85),
      sprite(stale, colours.halo, density, 1, colours.ground),
      sprite(colours.busy, colours.halo, density, 1),
      sprite(colours.busy, colours.halo, density, 0.65),
    ];
    return true;
  }
}

/** Draw what stands: few things, seldom. */
export function paintStanding(canvas: HTMLCanvasElement, view: View, { clusters, terminals, chosen, ringed, nowMs }: Standing, colours: Colours): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  fit(canvas, view);
  context.setTransform(view.density, 0, 0, view.density, 0, 0);
  context.clearRect(0, 0, view.width, view.height);
  const scale = worldPixels(view.zoom);
  const x = (world: number) => world * scale - view.originX;
  const y = (world: number) => world * scale - view.originY;
  for (const cluster of clusters) drawCluster(context, x(cluster.x), y(cluster.y), cluster, colours);
  for (const terminal of terminals) drawTerminal(context, x(terminal.x), y(terminal.y), terminal, colours, view.zoom, terminal.terminal_id === chosen);
  if (!ringed) return;
  const done = part(ringed, nowMs);
  ring(context, x(ringed.fromX + (ringed.toX - ringed.fromX) * done), y(ringed.fromY + (ringed.toY - ringed.fromY) * done), COURIER_PX + 5, colours.chosen);
}

/** Give a canvas the view's size; tells whether that emptied it. */
function fit(canvas: HTMLCanvasElement, { width, height, density }: View): boolean {
  const [wide, high] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width === wide && canvas.height === high) return false;
  canvas.width = wide;
  canvas.height = high;
  return true;
}

/** Side of a courier's sprite, device pixels. */
const spriteSide = (density: number): number => Math.ceil((COURIER_PX + 2) * 2 * density);

/** A disc, or a ring round `hollow`: what is stale is told apart without its colour. */
function sprite(colour: string, halo: string, density: number, alpha: number, hollow?: string): Sprite {
  const side = spriteSide(density);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) return canvas;
  context.scale(density, density);
  context.globalAlpha = alpha;
  disc(context, side / density / 2, side / density / 2, COURIER_PX, halo);
  disc(context, side / density / 2, side / density / 2, COURIER_PX - 1.5, colour);
  if (hollow) disc(context, side / density / 2, side / density / 2, COURIER_PX - 3, hollow);
  return canvas;
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 2.5;
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.stroke();
}

/** A square cabinet in its level's colour, framed at an alarm; hollow while offline; doors and orders in its corners. */
function drawTerminal(context: CanvasRenderingContext2D, x: number, y: number, terminal: Terminal, colours: Colours, zoom: number, chosen: boolean): void {
  const colour = colours.levels[terminal.level] ?? colours.soft;
  context.fillStyle = colours.halo;
  context.fillRect(x - TERMINAL_PX - 2, y - TERMINAL_PX - 2, TERMINAL_PX * 2 + 4, TERMINAL_PX * 2 + 4);
  context.lineWidth = 2;
  context.strokeStyle = context.fillStyle = colour;
  if (terminal.online) context.fillRect(x - TERMINAL_PX, y - TERMINAL_PX, TERMINAL_PX * 2, TERMINAL_PX * 2);
  else context.strokeRect(x - TERMINAL_PX + 1, y - TERMINAL_PX + 1, TERMINAL_PX * 2 - 2, TERMINAL_PX * 2 - 2);
  if (terminal.level === "alarm") context.strokeRect(x - TERMINAL_PX - 4.5, y - TERMINAL_PX - 4.5, TERMINAL_PX * 2 + 9, TERMINAL_PX * 2 + 9);
  const free = Object.values(terminal.free).reduce((sum, count) => sum + count, 0);
  write(context, String(free), x, y, terminal.online ? colours.halo : colour, terminal.online ? FONT : SMALL_FONT);
  if (terminal.open_orders) badge(context, x + TERMINAL_PX + 3, y - TERMINAL_PX - 3, String(terminal.open_orders), colours.orders, colours.halo);
  if (terminal.open_doors.length) badge(context, x - TERMINAL_PX - 3, y - TERMINAL_PX - 3, "!", colours.door, colours.halo);
  if (chosen) ring(context, x, y, TERMINAL_PX + 9, colours.chosen);
  if (zoom >= 13) label(context, terminal.name, x, y + TERMINAL_PX + (terminal.level === "alarm" ? 16 : 12), colours.text, colours.halo);
}

function drawCluster(context: CanvasRenderingContext2D, x: number, y: number, cluster: Cluster, colours: Colours): void {
  const radius = Math.min(24, 10 + Math.log2(cluster.count) * 1.8);
  const colour = cluster.kind === "couriers" ? colours.cluster : (colours.levels[cluster.level] ?? colours.soft);
  disc(context, x, y, radius + 2, colours.halo);
  if (cluster.kind === "couriers") disc(context, x, y, radius, colour);
  else {
    context.fillStyle = colour;
    context.fillRect(x - radius * 0.8, y - radius * 0.8, radius * 1.6, radius * 1.6);
  }
  write(context, String(cluster.count), x, y, colours.onCluster);
  if (cluster.orders) badge(context, x + radius, y - radius, String(cluster.orders), colours.orders, colours.halo);
}

function badge(context: CanvasRenderingContext2D, x: number, y: number, text: string, colour: string, on: string): void {
  disc(context, x, y, 8, on);
  disc(context, x, y, 7, colour);
  write(context, text, x, y, on, SMALL_FONT);
}

function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string, font = FONT): void {
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, colour: string, halo: string, font = FONT): void {
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/** What stands for tiles: a grid of degrees and the districts with their names. */
export function paintGround(canvas: HTMLCanvasElement, view: View, box: Box, districts: readonly District[], named: ReadonlyMap<string, string>, colours: Colours): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  canvas.width = Math.round(view.width * view.density);
  canvas.height = Math.round(view.height * view.density);
  context.setTransform(view.density, 0, 0, view.density, 0, 0);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, view.width, view.height);
  const scale = worldPixels(view.zoom);
  const x = (lon: number) => worldX(lon) * scale - view.originX;
  const y = (lat: number) => worldY(lat) * scale - view.originY;
  drawGrid(context, view, box, x, y, colours);
  context.strokeStyle = colours.soft;
  context.lineWidth = 1.2;
  context.setLineDash([6, 4]);
  context.beginPath();
  for (const { west, south, east, north } of districts) {
    // Two sides of each: its neighbours draw the others.
    context.moveTo(x(west), y(south));
    context.lineTo(x(west), y(north));
    context.lineTo(x(east), y(north));
  }
  context.stroke();
  context.setLineDash([]);
  for (const { name, west, north, east } of districts) {
    if (x(east) - x(west) < 70) continue;
    const text = [named.get(name), name].filter(Boolean).join(" · ");
    label(context, text, Math.min(Math.max(x(west), DEGREES_PX) + 8 + context.measureText(text).width / 2 + 4, x(east) - 30), Math.max(y(north), 0) + 14, colours.soft, colours.ground);
  }
}

function drawGrid(context: CanvasRenderingContext2D, view: View, box: Box, x: (lon: number) => number, y: (lat: number) => number, colours: Colours): void {
  const step = gridStep(view.zoom, 90);
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  context.strokeStyle = colours.line;
  context.lineWidth = 1;
  context.font = '10px system-ui, sans-serif';
  context.fillStyle = colours.soft;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.beginPath();
  for (let lon = Math.ceil(box.west / step) * step; lon < box.east; lon += step) {
    context.moveTo(x(lon), 0);
    context.lineTo(x(lon), view.height);
    context.fillText(`${lon.toFixed(digits)}°`, x(lon) + 3, view.height - 4);
  }
  for (let lat = Math.ceil(box.south / step) * step; lat < box.north; lat += step) {
    context.moveTo(0, y(lat));
    context.lineTo(view.width, y(lat));
    context.fillText(`${lat.toFixed(digits)}°`, 4, y(lat) - 2);
  }
  context.stroke();
}

/** The words and width of the scale: "500 m". */
export function scaleWords(lat: number, zoom: number): { words: string; pixels: number } {
  const { metres, pixels } = scaleBar(lat, zoom, 120);
  return { words: metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, pixels };
}
