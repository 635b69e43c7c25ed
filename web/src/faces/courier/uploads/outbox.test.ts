// The queue of finished waybills: sent once, over dead zones, reloads and two tabs.

import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "@/api/errors";
import type { OrderView, UploadFinished } from "@/api/types";
import { Backoff } from "@/realtime/backoff";
import { Outbox, type Around, type Post, type UploadStore } from "./outbox";
import { bodyOf, draftOf, emptyForm, errorOf, handedIn, isStill, KEPT_MS, missing, refusedBy, type Upload, uploadName, withPhoto } from "./upload";

const TYPED = { ...emptyForm("2026-11-22"), carrier: "顺丰 ", number: "SF1", sender: "a", recipient: "b", phone: "1", address: "c", weight: "850", postage: "12.35" };
const PHOTO = { type: "image/jpeg", bytes: new ArrayBuffer(3) };
const OFFLINE = new ApiError({ code: "offline" });

class MemoryStore implements UploadStore {
  readonly kept = new Map<string, Upload>();
  all = async (person: string) => [...this.kept.values()].filter((one) => one.person === person);
  get = async (person: string, order: string) => this.kept.get(uploadName({ person, order })) ?? null;
  put = async (upload: Upload) => void this.kept.set(uploadName(upload), structuredClone(upload));
  remove = async (person: string, order: string) => void this.kept.delete(uploadName({ person, order }));
  replace = async (upload: Upload, now: Upload | null) => {
    if (!isStill(this.kept.get(uploadName(upload)), upload)) return false;
    if (now) this.kept.set(uploadName(now), structuredClone(now));
    else this.kept.delete(uploadName(upload));
    return true;
  };
}

/** Answers as told; keeps what came under which key, as the server's idempotency does. */
class Server implements Post {
  photos = new Map<string, string>();
  forms = new Map<string, UploadFinished>();
  asked = 0;
  fails: (ApiError | null)[] = []; // one for each request to come
  losesAnswer = 0; // requests that are done, whose answer is lost

  async photo(_photo: unknown, key: string): Promise<string> {
    this.next();
    if (!this.photos.has(key)) this.photos.set(key, `ph${this.photos.size}`);
    this.answer();
    return this.photos.get(key)!;
  }

  async finished(order: string, body: UploadFinished, key: string): Promise<OrderView> {
    this.next();
    if (this.forms.size > 0 && !this.forms.has(key)) throw new ApiError({ code: "illegal_transition", status: 409 });
    this.forms.set(key, body);
    this.answer();
    return { order_id: order, custody: "in_review" } as OrderView;
  }

  private next(): void {
    this.asked += 1;
    const fault = this.fails.shift();
    if (fault) throw fault;
  }

  private answer(): void {
    if (this.losesAnswer-- > 0) throw OFFLINE;
  }
}

/** Tabs of one browser: a shared lock and shared wishes to be called later. */
class Tabs {
  due: (() => void)[] = [];
  now = 0;
  private line: Promise<void> = Promise.resolve();

  around(): Around {
    return {
      alone: (_name, act) => (this.line = this.line.then(act)),
      later: (act) => {
        this.due.push(act);
        return () => (this.due = this.due.filter((one) => one !== act));
      },
      now: () => this.now,
      backoff: new Backoff(() => 0.5),
      tell: () => {},
    };
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
    await this.line;
    for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
  }
}

let store: MemoryStore, server: Server, tabs: Tabs;

beforeEach(() => {
  [store, server, tabs] = [new MemoryStore(), new Server(), new Tabs()];
});

const outbox = () => new Outbox("p", store, server, tabs.around());
const ready = () => handedIn(withPhoto(draftOf("p", "LJ1", TYPED, 0), PHOTO));

describe("the outbox", () => {
  test("sends photo and form, and forgets them", async () => {
    const box = outbox();
    const sent: string[] = [];
    box.addEventListener("sent", (event) => sent.push((event as CustomEvent<OrderView>).detail.custody));
    await box.keep(ready());
    await tabs.settle();
    expect([...server.forms.values()]).toEqual([{ carrier: "顺丰", number: "SF1", sender: "a", recipient: "b", phone: "1", address: "c", date: "2026-11-22", weight_grams: 850, postage_fen: 1235, photo_id: "ph0" }]);
    expect(store.kept.size).toBe(0);
    expect(sent).toEqual(["in_review"]);
    expect(box.uploads).toEqual([]);
  });

  test("a dead zone keeps it; a network sends it once, the photo not again", async () => {
    server.fails = [null, OFFLINE];
    const box = outbox();
    await box.keep(ready());
    await tabs.settle();
    expect(box.of("LJ1")).toMatchObject({ state: "waiting", photoId: "ph0" });
    expect(tabs.due).toHaveLength(1);
    box.kick();
    await tabs.settle();
    expect(tabs.due).toHaveLength(0);
    expect(server.photos.size).toBe(1);
    expect(server.forms.size).toBe(1);
    expect(server.asked).toBe(3);
  });

  test.each([0, 1])("an answer that is lost at request %d is asked for under the same key after a reload", async (at) => {
    if (at === 0) server.losesAnswer = 1;
    else server.fails = [null, null];
    const first = outbox();
    if (at === 1) {
      const finished = server.finished.bind(server);
      server.finished = async (...given) => {
        await finished(...given);
        server.finished = finished;
        throw OFFLINE;
      };
    }
    await first.keep(ready());
    await tabs.settle();
    first.end();
    expect(store.kept.size).toBe(1);
    await outbox().start();
    await tabs.settle();
    expect([server.photos.size, server.forms.size, store.kept.size]).toEqual([1, 1, 0]);
  });

  test("two tabs send it once", async () => {
    await store.put(ready());
    await Promise.all([outbox().start(), outbox().start()]);
    await tabs.settle();
    expect(server.asked).toBe(2);
  });

  test("a refusal stays with its field, the photo and all that was typed", async () => {
    server.fails = [null, new ApiError({ code: "invalid_input", status: 400, field: "number", rule: "bound_number" })];
    const box = outbox();
    await box.keep(ready());
    await tabs.settle();
    const refused = box.of("LJ1")!;
    expect(refused).toMatchObject({ state: "refused", typed: TYPED, photo: { type: "image/jpeg" } });
    expect(errorOf(refused.refusal)).toMatchObject({ code: "invalid_input", field: "number", rule: "bound_number", status: 400 });
    box.kick();
    await tabs.settle();
    expect(server.asked).toBe(2);
    await box.keep(handedIn({ ...refused, typed: { ...TYPED, number: "SF2" } }));
    await tabs.settle();
    expect([...server.forms.values()].map((form) => form.number)).toEqual(["SF2"]);
    expect(server.photos.size).toBe(1);
  });

  test("a photo that is refused is not named again", async () => {
    const upload = refusedBy({ ...ready(), photoId: "ph0" }, new ApiError({ code: "invalid_input", status: 400, field: "photo_id", rule: "one_use" }));
    expect(upload.photoId).toBeNull();
    const mended = withPhoto(upload, PHOTO);
    expect(mended.refusal).toBeNull();
    expect(mended.photoKey).not.toBe(upload.photoKey);
  });

  test("what the courier removed while it was being sent is not written back", async () => {
    server.fails = [null, new ApiError({ code: "invalid_input", status: 400 })];
    const box = outbox();
    const photo = server.photo.bind(server);
    server.photo = async (...given) => {
      await store.remove("p", "LJ1");
      return photo(...given);
    };
    await box.keep(ready());
    await tabs.settle();
    expect(store.kept.size).toBe(0);
    expect(server.forms.size).toBe(0);
  });

  test("drafts are kept and not sent; what is too old goes", async () => {
    await store.put(withPhoto(draftOf("p", "LJ1", TYPED, 0), PHOTO));
    const box = outbox();
    await box.start();
    await tabs.settle();
    expect([server.asked, box.uploads.length]).toEqual([0, 1]);
    tabs.now = KEPT_MS + 1;
    await box.start();
    expect(box.uploads).toEqual([]);
  });

  test.each([[401, "token_expired"], [503, "unavailable"], [429, "limited"], [409, "in_progress"], [0, "timeout"]])("%d %s is tried again by itself", async (status, code) => {
    server.fails = [new ApiError({ code, status })];
    const box = outbox();
    await box.keep(ready());
    await tabs.settle();
    expect(box.of("LJ1")?.state).toBe("waiting");
    expect(tabs.due).toHaveLength(1);
    tabs.due.shift()!();
    await tabs.settle();
    expect(server.forms.size).toBe(1);
  });
});

test("what is missing is named in the form's order", () => {
  const draft = draftOf("p", "LJ1", { ...TYPED, carrier: " ", date: "" }, 0);
  expect(missing(draft)).toEqual(["carrier", "date", "photo_id"]);
  expect(missing(ready())).toEqual([]);
  expect(missing({ ...draft, photoId: "ph1", typed: TYPED })).toEqual([]);
  expect(bodyOf({ ...ready(), typed: { ...TYPED, postage: "0.1" } }).postage_fen).toBe(10);
});
