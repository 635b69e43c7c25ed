import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { calendarOf, clock, daysFrom, fieldsOf, formField, inForm, NO_HOURS, spansOf, withRange, written } from "./hours";

const refusal = (act: () => unknown): [string | null, string | null] => {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return [error.field, error.rule];
  }
  return [null, null];
};

describe("hours", () => {
  it("are read as people type them", () => {
    const two = [{ opens: 540, closes: 720 }, { opens: 840, closes: 1080 }];
    for (const text of ["09:00-12:00 14:00-18:00", "9:00–12:00，14:00～18:00", " 09：00 - 12：00、14:00至18:00 "]) expect(spansOf(text, "week.0")).toEqual(two);
    for (const text of ["", " ", "休息", "closed"]) expect(spansOf(text, "week.0")).toEqual([]);
    expect(written(two)).toBe("09:00-12:00 14:00-18:00");
    expect(clock(1440)).toBe("24:00");
  });

  it("that are none name their field", () => {
    expect(refusal(() => spansOf("9-12", "week.3"))).toEqual(["week.3", "spans"]);
    expect(refusal(() => spansOf("09:70-12:00", "week.3"))).toEqual(["week.3", "minute_of_day"]);
    expect(refusal(() => calendarOf({ ...NO_HOURS, special: [{ day: "", hours: "", reason: "x" }] }))).toEqual(["special.0.day", "required"]);
    expect(refusal(() => calendarOf({ ...NO_HOURS, special: [{ day: "2026-10-01", hours: "", reason: " " }] }))).toEqual(["special.0.reason", "required"]);
    expect(refusal(() => calendarOf({ ...NO_HOURS, capacity: Number.NaN }))).toEqual(["capacity", "number"]);
  });

  it("go to the API and come back the same", () => {
    const fields = { ...NO_HOURS, week: ["09:00-12:00", "", "", "", "", "", "00:00-24:00"], special: [{ day: "2026-10-01", hours: "", reason: "国庆节" }], cancel_hours: 0.5 };
    const calendar = calendarOf(fields);
    expect(calendar.cancel_before_seconds).toBe(1800);
    expect(fieldsOf({ calendar } as Parameters<typeof fieldsOf>[0])).toEqual(fields);
  });

  it("find the form's field of a refusal", () => {
    expect(formField("week[2][1].closes")).toBe("week.2");
    expect(formField("special_days[4].spans[0].opens")).toBe("special.4.hours");
    expect(formField("special_days[4].reason")).toBe("special.4.reason");
    expect(formField("special_days")).toBe("special_days");
    expect(formField("cancel_before_seconds")).toBe("cancel_hours");
    expect((inForm(new ApiError({ code: "x", field: "week[0]", rule: "most" })) as ApiError).field).toBe("week.0");
  });
});

describe("a range of special days", () => {
  it("writes each of its days once, in order", () => {
    const days = daysFrom("2026-09-30", "2026-10-02");
    expect(days).toEqual(["2026-09-30", "2026-10-01", "2026-10-02"]);
    const before = [{ day: "2026-12-25", hours: "", reason: "x" }, { day: "2026-10-01", hours: "09:00-10:00", reason: "old" }];
    expect(withRange(before, days, "", "国庆节").map(({ day, reason }) => `${day} ${reason}`)).toEqual(["2026-09-30 国庆节", "2026-10-01 国庆节", "2026-10-02 国庆节", "2026-12-25 x"]);
  });

  it("is one day without an end, none when it ends before it begins, and never endless", () => {
    expect(daysFrom("2026-10-01", "")).toEqual(["2026-10-01"]);
    expect(daysFrom("2026-10-02", "2026-10-01")).toEqual([]);
    expect(daysFrom("", "")).toEqual([]);
    expect(daysFrom("2026-01-01", "2036-01-01")).toHaveLength(62);
  });
});
