// The Leaflet map with canvases of ours over it: the ground (where there are no tiles), couriers, and
// what stands. Draws only what changed or glides; tells what is in view, and what was clicked.

import L from "leaflet";
import "leaflet/dist/leaflet.css";
import type { TilesView, WatchMap } from "@/api/types";
import { serverClock } from "@/api/clock";
import { coloursFor } from "./colours";
import { type Datum, datumOf } from "./coordinates";
import { type Cluster, type Courier, type Held, part, type Terminal } from "./held";
import { CourierPainter, paintGround, paintStanding, scaleWords, type View } from "./painting";
import { type Box, type Degrees, degreesAt, districtsIn, worldPixels } from "./world";

const MOST_DISTRICTS = 400;
const NEAR_PX = 16;
const SLOWEST_MS = 1000; // ages are looked at so often while nothing moves
const VIEW_PAUSE_MS = 120;
const TOLD_MS = 250; // how often the counts are told
const BAD_TILES = 6; // in a row, after some came; before that the first bad one says it
const NOBODY = { couriers: new Map<number, Courier>(), version: 0 };

export type Bounds = Pick<WatchMap, "west" | "south" | "east" | "north" | "zoom">;
export type Hit = { kind: "courier"; courier: Courier } | { kind: "terminal"; terminal: Terminal } | { kind: "cluster"; cluster: Cluster };

export interface Shown {
  couriers: boolean;
  terminals: boolean;
  orders: boolean;
}

export interface PaneOptions {
  tiles: TilesView | null;
  staleSeconds: number;
  start: Degrees & { zoom: number };
  held(): Held;
  shown(): Shown;
  dark(): boolean;
  names(): ReadonlyMap<string, string>;
  chosen(): string | null;
  /** The instant that is shown, ms since 1970 by the server's clock. */
  atMs?(): number;
  /** Tiles do not come, or come again. */
  tilesFail(failing: boolean): void;
  moved(bounds: Bounds, centre: Degrees & { zoom: number }, scale: { words: string; pixels: number }): void;
  clicked(hit: Hit | null): void;
}

export class MapPane {
  readonly datum: Datum;
  private readonly map: L.Map;
  private readonly ground: HTMLCanvasElement;
  private readonly riding: HTMLCanvasElement;
  private readonly standing: HTMLCanvasElement;
  private readonly painter: CourierPainter;
  private frame = 0;
  private drawnAt = 0;
  private drawnVersion = -1;
  private dirty = true;
  private telling: ReturnType<typeof setTimeout> | undefined;
  private readonly sizes: ResizeObserver;
  private frames = 0;
  private painted = 0;
  private paintMs = 0;
  private toldAt = 0;
  private badTiles = 0;
  private named = 0; // districts whose names are drawn
  private namedAt = 0;
  private anyTile = false;
  private hasGround: boolean;
  private seen: View | null = null;
  private ringed: Courier | undefined;

  constructor(private readonly host: HTMLElement, private readonly options: PaneOptions) {
    const { tiles, start } = options;
    this.datum = datumOf(tiles?.datum);
    this.map = L.map(host, {
      zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, attributionControl: false,
      zoomControl: false, minZoom: 3, maxZoom: tiles?.most_zoom ?? 18, worldCopyJump: true,
    });
    this.map.setView(this.onMap(start), start.zoom);
    this.hasGround = !tiles;
    this.ground = this.layer("map-ground");
    for (const url of tiles?.urls ?? []) {
      const layer = L.tileLayer(url, { maxZoom: tiles?.most_zoom ?? 18 });
      layer.on("tileload", () => this.tile(true)).on("tileerror", () => this.tile(false)).addTo(this.map);
    }
    this.riding = this.layer("map-couriers");
    this.standing = this.layer("map-things");
    this.painter = new CourierPainter(this.riding);
    this.map.on("move zoom resize", () => this.moved());
    this.map.on("click", (event) => options.clicked(this.hit(event.containerPoint)));
    this.sizes = new ResizeObserver(() => this.map.invalidateSize());
    this.sizes.observe(host);
    this.moved();
    this.tick();
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.telling);
    this.sizes.disconnect();
    this.map.remove();
    this.ground.remove();
    this.riding.remove();
    this.standing.remove();
  }

  /** Draw anew though nothing moved: another theme, filter or choice. */
  again(): void {
    this.dirty = true;
    this.paintGround();
  }

  goTo(place: Degrees, zoom?: number): void {
    this.map.setView(this.onMap(place), zoom ?? this.map.getZoom(), { animate: false });
  }

  zoomBy(steps: number): void {
    this.map.setZoom(this.map.getZoom() + steps, { animate: false });
  }

  private layer(name: string): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.className = name;
    canvas.setAttribute("aria-hidden", "true"); // the list beside the map says the same
    this.host.append(canvas);
    return canvas;
  }

  private onMap(place: Degrees): L.LatLngExpression {
    const { lat, lon } = this.datum.toMap(place);
    return [lat, lon];
  }

  private view(): View {
    const { x: width, y: height } = this.map.getSize();
    const { x, y } = this.map.getPixelBounds().min ?? L.point(0, 0);
    return { width, height, zoom: this.map.getZoom(), originX: x, originY: y, density: Math.min(2, globalThis.devicePixelRatio || 1) };
  }

  /** What is in view, in degrees of the platform. */
  private box({ width, height, zoom, originX, originY }: View): Box {
    const scale = worldPixels(zoom);
    const corner = (x: number, y: number) => this.datum.fromMap(degreesAt((originX + x) / scale, Math.min(1, Math.max(0, (originY + y) / scale))));
    const [upper, lower] = [corner(0, 0), corner(width, height)];
    const limit = (lon: number) => Math.min(180, Math.max(-180, lon));
    return { west: limit(upper.lon), north: upper.lat, east: limit(lower.lon), south: lower.lat };
  }

  private moved(): void {
    this.dirty = true;
    this.seen = null;
    this.paintGround();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tellView(), VIEW_PAUSE_MS);
  }

  private tellView(): void {
    const view = this.view();
    if (!view.width || !view.height) return;
    const box = this.box(view);
    const { lat, lng } = this.map.getCenter();
    const centre = this.datum.fromMap({ lat, lon: lng });
    this.options.moved({ ...box, zoom: view.zoom }, { ...centre, zoom: view.zoom }, scaleWords(lat, view.zoom));
  }

  /** Tiles that do not come leave districts and a grid, until some come again. */
  private tile(came: boolean): void {
    this.badTiles = came ? 0 : this.badTiles + 1;
    this.anyTile ||= came;
    const failing = this.badTiles >= (this.anyTile ? BAD_TILES : 1);
    if (failing === this.hasGround || (this.hasGround && !came)) return;
    this.hasGround = failing;
    if (!failing) this.ground.width = 0; // empties it
    this.paintGround();
    this.options.tilesFail(failing);
  }

  private paintGround(): void {
    if (!this.hasGround) return;
    const view = this.view();
    const box = this.box(view);
    paintGround(this.ground, view, box, districtsIn(box, MOST_DISTRICTS), this.options.names(), coloursFor(this.options.dark()));
  }

  private readonly tick = (): void => {
    this.frame = requestAnimationFrame(this.tick);
    const nowMs = performance.now();
    const held = this.options.held();
    const still = !this.dirty && held.version === this.drawnVersion && !held.gliding(nowMs);
    if (still && nowMs - this.drawnAt < SLOWEST_MS) return;
    const [anew, changed] = [this.dirty, this.dirty || held.version !== this.drawnVersion];
    this.dirty = false;
    this.drawnVersion = held.version;
    this.drawnAt = nowMs;
    if (this.paint(held, nowMs, anew, changed)) this.painted += 1;
    this.frames += 1;
    this.paintMs += performance.now() - nowMs;
    if (nowMs - this.toldAt >= TOLD_MS) this.tellCounts(nowMs);
    if (this.hasGround && nowMs - this.namedAt >= SLOWEST_MS) this.nameDistricts(nowMs);
  };

  /** Names come after the ground: with the terminals that stand there, and the table of regions. */
  private nameDistricts(nowMs: number): void {
    this.namedAt = nowMs;
    const named = this.options.names().size;
    if (named === this.named) return;
    this.named = named;
    this.paintGround();
  }

  /** For `lanjian bench map`, and whoever asks why a page is slow; each write costs a look at styles. */
  private tellCounts(nowMs: number): void {
    this.toldAt = nowMs;
    const { dataset } = this.standing;
    dataset["frames"] = String(this.frames);
    dataset["painted"] = String(this.painted);
    dataset["paintMs"] = this.paintMs.toFixed(1);
    dataset["at"] = nowMs.toFixed(1);
  }

  /** Draw what changed; tells whether anything did. */
  private paint(held: Held, nowMs: number, anew: boolean, changed: boolean): boolean {
    const { couriers, terminals, orders } = this.options.shown();
    const colours = coloursFor(this.options.dark());
    if (changed) this.seen = null; // another screen's density tells nobody
    const view = (this.seen ??= this.view());
    const serverMs = this.options.atMs?.() ?? serverClock.now();
    const riding = { held: couriers ? held : NOBODY, nowMs, serverMs, staleSeconds: this.options.staleSeconds };
    const moved = this.painter.paint(view, riding, colours, anew);
    const chosen = this.options.chosen();
    if (changed) this.ringed = couriers && chosen ? [...held.couriers.values()].find(({ id }) => id === chosen) : undefined;
    if (!changed && !this.ringed) return moved;
    paintStanding(this.standing, view, {
      clusters: [...held.clusters.values()].filter(({ kind }) => (kind === "couriers" ? couriers : terminals || orders)),
      terminals: [...held.terminals.values()].filter((one) => terminals || (orders && one.open_orders > 0)),
      chosen, ringed: this.ringed, nowMs,
    }, colours);
    return true;
  }

  /** The nearest thing at a point; terminals before couriers, clusters last. */
  private hit({ x, y }: L.Point): Hit | null {
    const held = this.options.held();
    const view = this.view();
    const scale = worldPixels(view.zoom);
    const nowMs = performance.now();
    const shown = this.options.shown();
    const far = (worldX: number, worldY: number) => Math.hypot(worldX * scale - view.originX - x, worldY * scale - view.originY - y);
    const nearest = <Thing>(things: Iterable<Thing>, of: (thing: Thing) => number, within: number): Thing | null => {
      let [found, best] = [null as Thing | null, within];
      for (const thing of things) {
        const distance = of(thing);
        if (distance < best) [found, best] = [thing, distance];
      }
      return found;
    };
    const terminal = shown.terminals || shown.orders ? nearest(held.terminals.values(), (one) => far(one.x, one.y), NEAR_PX) : null;
    if (terminal) return { kind: "terminal", terminal };
    const courier = shown.couriers
      ? nearest(held.couriers.values(), (one) => {
          const done = part(one, nowMs);
          return far(one.fromX + (one.toX - one.fromX) * done, one.fromY + (one.toY - one.fromY) * done);
        }, NEAR_PX)
      : null;
    if (courier) return { kind: "courier", courier };
    const cluster = nearest(held.clusters.values(), (one) => far(one.x, one.y), 30);
    return cluster ? { kind: "cluster", cluster } : null;
  }
}
