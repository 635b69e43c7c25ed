import { describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import { type Page, useListing } from "./listing";

interface Asked {
  answer(page: Page<string>): Promise<void>;
  fail(): Promise<void>;
}

/** A listing whose answers come when the test says so, in the order that it says. */
function asked(): { listing: ReturnType<typeof useListing<string>>; questions: Asked[] } {
  const questions: Asked[] = [];
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve));
  const listing = useListing<string>(() => new Promise((resolve, reject) => {
    questions.push({
      answer: (page) => (resolve(page), settled()),
      fail: () => (reject(new ApiError({ code: "offline" })), settled()),
    });
  }));
  return { listing, questions };
}

describe("a listing", () => {
  it("drops an answer that a later question overtook, with all that it says", async () => {
    const { listing, questions: [first, second] } = both();
    const also = vi.fn();
    await second!.answer({ items: ["new"] });
    await first!.answer({ items: ["old"], also });
    expect(listing.items.value).toEqual(["new"]);
    expect(also).not.toHaveBeenCalled();
    expect(listing.busy.value).toBe(false);
  });

  it("drops a failure that a later question overtook", async () => {
    const { listing, questions: [first, second] } = both();
    await second!.answer({ items: ["new"] });
    await first!.fail();
    expect(listing.state.value).toBe("items");
  });

  it("takes what else an answer says with its items", async () => {
    const { listing, questions } = asked();
    void listing.reload();
    let seen: readonly string[] = ["not called"];
    await questions[0]!.answer({ items: ["a"], also: () => (seen = listing.items.value) });
    expect([seen, listing.items.value]).toEqual([[], ["a"]]);
  });

  it("reads once more after a reading during which something happened, and takes both", async () => {
    const { listing, questions } = asked();
    listing.refresh();
    listing.refresh();
    listing.refresh();
    expect(questions).toHaveLength(1);
    await questions[0]!.answer({ items: ["first"] });
    expect([listing.items.value, questions.length, listing.busy.value]).toEqual([["first"], 2, true]);
    await questions[1]!.answer({ items: ["second"] });
    expect([listing.items.value, questions.length, listing.busy.value]).toEqual([["second"], 2, false]);
  });

  it("asks another question at once, whose answer knows what happened before it", async () => {
    const { listing, questions } = asked();
    listing.refresh();
    listing.refresh();
    void listing.reload();
    expect(questions).toHaveLength(2);
    await questions[1]!.answer({ items: ["new"] });
    await questions[0]!.answer({ items: ["old"] });
    expect([listing.items.value, questions.length]).toEqual([["new"], 2]);
  });

  it("is loading again once it is cleared, and what was on its way is not taken", async () => {
    const { listing, questions } = asked();
    void listing.reload();
    await questions[0]!.answer({ items: ["a"], next: "b" });
    void listing.reload();
    listing.clear();
    expect([listing.state.value, listing.hasMore.value]).toEqual(["loading", false]);
    await questions[1]!.answer({ items: ["late"] });
    expect(listing.state.value).toBe("loading");
  });

  function both(): ReturnType<typeof asked> {
    const made = asked();
    void made.listing.reload();
    void made.listing.reload();
    return made;
  }
});
