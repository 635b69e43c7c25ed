import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Component, createRenderer, h, ref } from "vue";
import { createI18n } from "vue-i18n";
import type { Router } from "vue-router";
import { inTab } from "@/api/keeping";
import shared from "@/i18n/shared";
import { fetched, isLost, mendRoutes, pause } from "./fetched";

const LOST = new TypeError("Failed to fetch dynamically imported module: https://x/assets/Send-1.js");

test("a part that was not fetched is told from one that fails, as each browser says it", () => {
  expect(isLost(LOST)).toBe(true);
  expect(isLost(new TypeError("error loading dynamically imported module"))).toBe(true);
  expect(isLost(new TypeError("Importing a module script failed."))).toBe(true);
  expect(isLost(new Error("Unable to preload CSS for /assets/a.css"))).toBe(true);
  expect(isLost(new TypeError("x is not a function"))).toBe(false);
});

test("it is fetched again soon, then ever later, to a bound", () => {
  expect([1, 2, 3, 4, 99].map(pause)).toEqual([1000, 2000, 4000, 8000, 15_000]);
});

/** A tab at an address; `keeps` whether its storage is allowed. What the server answers to HEAD: `head`. */
function tab(head: () => Promise<Response>, { at = "https://x/customer/here", keeps = true } = {}) {
  const kept = new Map<string, string>();
  const place = { href: at, assign: vi.fn(), reload: vi.fn() };
  const storage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, text: string) => kept.set(name, text), removeItem: (name: string) => kept.delete(name) };
  const page = new EventTarget();
  vi.stubGlobal("fetch", head);
  vi.stubGlobal("location", place);
  if (keeps) vi.stubGlobal("sessionStorage", storage);
  for (const name of ["addEventListener", "removeEventListener"] as const) vi.stubGlobal(name, page[name].bind(page));
  return place;
}

const there = async (): Promise<Response> => new Response(null);
const cut = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));

beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 10, 22) }));
afterEach(() => {
  inTab.removeItem("lanjian.reloaded");
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("a route that could not be fetched", () => {
  /** Tells of a lost route; gives how often it was said to be offline. */
  function mended(href = "/customer/there"): () => Promise<number> {
    let told: (error: unknown, to: unknown) => Promise<void> = async () => {};
    const router = { onError: (heard: typeof told) => (told = heard), resolve: () => ({ href }) };
    const offline = vi.fn();
    mendRoutes(router as unknown as Router, offline);
    return async () => {
      await told(LOST, {});
      await told(new Error("a page's own"), {});
      return offline.mock.calls.length;
    };
  }

  test("is said to be offline where nothing answers", async () => {
    const { assign } = tab(cut);
    expect([await mended()(), assign.mock.calls.length]).toEqual([1, 0]);
  });

  test("is loaded anew where the server answers: its files are of another version; but once a deploy only", async () => {
    const { assign } = tab(there);
    const lose = mended();
    expect([await lose(), await lose(), assign.mock.calls]).toEqual([0, 1, [["/customer/there"]]]);
    vi.advanceTimersByTime(3600_000);
    expect([await lose(), assign.mock.calls.length]).toEqual([1, 2]);
  });

  test("is not loaded anew where the tab would not remember it: that would never end", async () => {
    const { assign, reload } = tab(there, { keeps: false });
    expect([await mended()(), assign.mock.calls.length, reload.mock.calls.length]).toEqual([1, 0, 0]);
  });

  test("is reloaded where its address is open: one with a hash would only scroll", async () => {
    const { assign, reload } = tab(there, { at: "https://x/customer/there#terms" });
    await mended("/customer/there#terms")();
    expect([assign.mock.calls.length, reload.mock.calls.length]).toEqual([0, 1]);
  });
});

describe("a part that could not be fetched", () => {
  interface Node { type: string; parent: Node | null; children: Node[]; text: string; props: Record<string, unknown> }
  const node = (type: string, text = ""): Node => ({ type, text, parent: null, children: [], props: {} });
  const taken = (child: Node): void => {
    child.parent?.children.splice(child.parent.children.indexOf(child), 1);
    child.parent = null;
  };
  // Draws into plain objects: no browser is needed to see what is drawn.
  const { createApp } = createRenderer<Node, Node>({
    createElement: (type) => node(type), createText: (text) => node("#text", text), createComment: () => node("#comment"),
    setText: (of, text) => void (of.text = text),
    setElementText: (of, text) => void ((of.children = []), (of.text = text)),
    patchProp: (of, name, _, now) => void (of.props[name] = now),
    parentNode: (of) => of.parent,
    nextSibling: (of) => of.parent?.children[of.parent.children.indexOf(of) + 1] ?? null,
    remove: taken,
    insert(child, into, before) {
      taken(child);
      child.parent = into;
      into.children.splice(before ? into.children.indexOf(before) : into.children.length, 0, child);
    },
  });
  const all = (of: Node): Node[] => [of, ...of.children.flatMap(all)];
  const text = (of: Node): string => all(of).map((one) => one.text).join("");

  function drawn(load: () => Promise<Component>, locale = "zh") {
    const root = node("root");
    const messages = { zh: { part: { lost: shared.part.lost[0] }, act: { reload: shared.act.reload[0] } }, en: { part: { lost: shared.part.lost[1] }, act: { reload: shared.act.reload[1] } } };
    const wanted = ref(true);
    const Part = fetched(load);
    const app = createApp({ render: () => (wanted.value ? h(Part) : null) });
    app.use(createI18n({ legacy: false, locale, messages })).mount(root);
    return { root, wanted, app };
  }
  const gone = () => vi.fn(() => Promise.reject(LOST));

  test("is fetched again while nothing answers, until it comes", async () => {
    const { reload } = tab(cut);
    const load = vi.fn<() => Promise<Component>>(() => Promise.reject(LOST));
    const { root, app } = drawn(load);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([text(root), load.mock.calls.length > 3, reload.mock.calls.length]).toEqual(["…", true, 0]);
    load.mockImplementation(async () => ({ render: () => h("p", "the part") }));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(text(root)).toBe("the part");
    app.unmount();
  });

  test("has the page loaded anew where the server answers, once; then it says so, with a button", async () => {
    const { reload } = tab(there);
    drawn(gone());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reload.mock.calls.length).toBe(1);
    const load = gone(); // the page after its load
    const { root } = drawn(load, "en");
    await vi.advanceTimersByTimeAsync(60_000);
    expect([reload.mock.calls.length, load.mock.calls.length]).toEqual([1, 2]);
    expect(text(root)).toBe(`${shared.part.lost[1]} ${shared.act.reload[1]}`);
    const button = all(root).find((one) => one.type === "button");
    (button?.props["onClick"] as () => void)();
    expect(reload.mock.calls.length).toBe(2);
  });

  test("loads nothing anew by itself where the tab would not remember it, but says so", async () => {
    const { reload } = tab(there, { keeps: false });
    const { root } = drawn(gone());
    await vi.advanceTimersByTimeAsync(60_000);
    expect([reload.mock.calls.length, text(root)]).toEqual([0, `${shared.part.lost[0]} ${shared.act.reload[0]}`]);
  });

  test("loads nothing anew under somebody who has gone on without it", async () => {
    const { reload } = tab(there);
    const { wanted, app } = drawn(gone());
    await vi.advanceTimersByTimeAsync(500);
    wanted.value = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(reload.mock.calls.length).toBe(0);
    app.unmount();
  });
});
