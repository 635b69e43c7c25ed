import { describe, expect, it } from "vitest";
import type { AlertView } from "@/api/types";
import { alertOf, sorted, withAlert } from "./alerts";

const alert = (id: string, more: Partial<AlertView> = {}): AlertView => ({
  alert_id: id, kind: "offline", terminal_id: "T-1", cell: null, severity: 50, level: "alarm", zh: "离线", en: "offline",
  since: "2026-05-01T04:00:00Z", opened_at: "2026-05-01T04:00:00Z", ended: null, lasted_zh: "", lasted_en: "",
  acknowledged_by: null, acknowledged_at: null, version: 1, ...more,
});

describe("alerts", () => {
  const over = alert("over", { ended: "2026-05-01T05:00:00Z" });
  const seen = alert("seen", { acknowledged_by: "P1", severity: 90 });
  const done = alert("done", { ended: "2026-05-01T05:00:00Z", acknowledged_by: "P1" });
  const all = [done, over, alert("new", { since: "2026-05-01T06:00:00Z" }), alert("old"), seen];
  it("are sorted: lasting, worst, latest", () => {
    expect(sorted(all, "all").map((one) => one.alert_id)).toEqual(["seen", "new", "old", "done", "over"]);
  });
  it("are wanted by what is left to do", () => {
    expect(sorted(all, "pending").map((one) => one.alert_id)).toEqual(["seen", "new", "old", "over"]);
    expect(sorted(all, "unseen").map((one) => one.alert_id)).toEqual(["new", "old", "over"]);
  });
  it("take newer versions only", () => {
    const known = [alert("a", { version: 2 })];
    expect(withAlert(known, alert("a", { version: 1 }))).toBe(known);
    expect(withAlert(known, alert("a", { version: 3, acknowledged_by: "P1" }))).toHaveLength(1);
    expect(withAlert(known, alert("b"))).toHaveLength(2);
  });
  it("come as facts", () => {
    expect(alertOf({ type: "fact", kind: "alert", data: over })).toBe(over);
    expect(alertOf({ type: "fact", kind: "door", data: {} })).toBeNull();
  });
});
