import { describe, expect, it } from "vitest";
import type { BookingChanged, DayRow } from "@/api/types";
import { actsFor, checkInBody, choice, counted, daysFrom, inOrder, matching, wanted, withRow } from "./day";

const NOON = Date.parse("2026-11-22T04:00:00Z");

function row(id: string, state: string, more: Partial<DayRow> & { starts?: string; papers?: string; version?: number } = {}): DayRow {
  const { starts = "2026-11-22T03:00:00Z", papers = "accepted", version = 1, ...rest } = more;
  const booking = { booking_id: id, state, starts_at: starts, papers, version } as DayRow["booking"];
  return { booking, name: "王*", phone: "138****0001", plate: "粤B***45", findings: 0, battery: 0, ...rest };
}

const changed = (id: string, version: number, step: string): BookingChanged =>
  ({ type: "booking_changed", booking: row(id, "booked", { version }).booking, step }) as unknown as BookingChanged;

describe("what is typed", () => {
  it.each([
    [" BABC123.5912345.0123456789abcdef ", { code: "BABC123.5912345.0123456789abcdef" }],
    ["粤BD12345", { plate: "粤BD12345" }],
    ["BABC123.5912345.0123456789ABCDEF", { plate: "BABC123.5912345.0123456789ABCDEF" }],
  ])("%s", (text, body) => expect(checkInBody(text)).toEqual(body));
});

describe("the rows", () => {
  const early = row("B2", "booked", { starts: "2026-11-22T01:00:00Z" });
  const late = row("B1", "done");

  it("stand by their slots, then by their numbers", () => {
    expect(inOrder([late, early, row("B0", "done")]).map((one) => one.booking.booking_id)).toEqual(["B2", "B0", "B1"]);
  });

  it("take one that came, or came anew", () => {
    const newer = row("B2", "checked_in", { starts: "2026-11-22T01:00:00Z" });
    expect(withRow([early, late], newer)).toEqual([newer, late]);
    expect(withRow([late], early)).toEqual([early, late]);
  });

  it("are counted by state, and found by state and by what is typed", () => {
    expect(counted([early, late])).toEqual({ booked: 1, checked_in: 0, done: 1, no_show: 0, rejected: 0 });
    expect(matching([early, late], "done", "")).toEqual([late]);
    expect(matching([early, late], "", " 00 01")).toEqual([early, late]);
    expect(matching([early, late], "", "b2")).toEqual([early]);
  });
});

describe("what staff may do", () => {
  it.each([
    ["before its slot", row("B1", "booked", { starts: "2026-11-22T05:00:00Z" }), ["check_in", "reject", "cancel", "who"]],
    ["in its slot", row("B1", "booked"), ["check_in", "no_show", "reject", "cancel", "who"]],
    ["after it was missed", row("B1", "no_show"), ["came_late", "who"]],
    ["with its battery inside", row("B1", "checked_in", { papers: "pending" }), ["record", "papers", "reject", "who"]],
    ["with its battery recorded", row("B1", "checked_in", { battery: 1 }), ["finish", "see_record", "label", "reject", "who"]],
    ["when it is done", row("B1", "done", { battery: 2 }), ["see_record", "label", "who"]],
    ["turned away", row("B1", "rejected"), ["who"]],
  ])("%s", (_, one, acts) => expect(actsFor(one, NOON, true)).toEqual(acts));

  it("leaves papers to who decides on them", () => {
    expect(actsFor(row("B1", "checked_in", { papers: "pending" }), NOON, false)).not.toContain("papers");
  });
});

describe("an event", () => {
  const rows = [row("B1", "booked", { version: 3 })];
  it.each([
    ["older than what is shown", changed("B1", 3, "papers_accepted"), "nothing"],
    ["of papers", changed("B1", 4, "papers_accepted"), "row"],
    ["that frees a place", changed("B1", 4, "cancelled"), "day"],
    ["of one that is not shown", changed("B9", 1, "papers_accepted"), "day"],
  ])("%s", (_, event, asks) => expect(wanted(event, rows)).toBe(asks));
});

it("counts days over months", () => {
  expect([daysFrom("2026-11-30", 1), daysFrom("2026-03-01", -1)]).toEqual(["2026-12-01", "2026-02-28"]);
});

describe("whose day it is", () => {
  const mine = ["N1", "N2"];

  it("is that of the address, or nobody's: no other outlet takes its place", () => {
    expect(choice("N2", "N1", mine, new Set())).toEqual({ outlet: "N2" });
    expect(choice("N9", "N1", mine, new Set())).toEqual({ ask: "N9" });
    expect(choice("N9", "N1", mine, new Set(["N9"]))).toEqual({ strange: "N9" });
  });

  it("is else that of the last time, or the first", () => {
    expect(choice("", "N2", mine, new Set())).toEqual({ outlet: "N2" });
    expect(choice("", "N9", mine, new Set())).toEqual({ ask: "N9" });
    expect(choice("", "N9", mine, new Set(["N9"]))).toEqual({ outlet: "N1" });
    expect(choice("", "", [], new Set())).toEqual({ outlet: "" });
  });
});
