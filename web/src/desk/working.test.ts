import { nextTick } from "vue";
import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { useWork } from "./working";

const keyOf = (item: { id: string }) => item.id;

/** A queue of a, b, c whose reading can be made to fail. */
async function queue(): Promise<{ work: ReturnType<typeof useWork<{ id: string }>>; fails(): void; asked(): number }> {
  let isDown = false;
  let asked = 0;
  const work = useWork<{ id: string }>(async () => {
    asked += 1;
    if (isDown) throw new ApiError({ code: "offline" });
    return { items: [{ id: "a" }, { id: "b" }, { id: "c" }] };
  }, keyOf);
  await work.listing.reload();
  await nextTick();
  return { work, fails: () => (isDown = true), asked: () => asked };
}

describe("work on a queue", () => {
  it("goes on after a decision, also when the queue cannot be read: the decision stands", async () => {
    const { work, fails } = await queue();
    expect(work.hand.value.item?.id).toBe("a");
    fails();
    await work.decided();
    await nextTick();
    expect(work.hand.value).toEqual({ item: { id: "b" }, gone: false });
    expect(work.listing.items.value.map(keyOf)).toEqual(["b", "c"]);
    expect(work.listing.error.value?.code).toBe("offline");
  });

  it("reads the queue anew where a decision was refused", async () => {
    const { work, asked } = await queue();
    await expect(work.judged(Promise.reject(new ApiError({ code: "stale" })))).rejects.toThrow();
    expect(asked()).toBe(2);
    await expect(work.judged(Promise.resolve("done"))).resolves.toBe("done");
    expect(asked()).toBe(2);
  });
});
