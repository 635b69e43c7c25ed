import { describe, expect, it } from "vitest";
import { createI18n } from "vue-i18n";
import complaints from "./words";
import { only } from "@/i18n/pairs";

describe("a count's words", () => {
  it("are of one or of many in English, and the same in Chinese", () => {
    const { t, locale } = createI18n({ legacy: false, locale: "en", messages: { zh: only("zh", complaints), en: only("en", complaints) } }).global;
    const said = (count: number): string => t("complaints.messages", { count });
    expect([0, 1, 2].map(said)).toEqual(["0 messages", "1 message", "2 messages"]);
    locale.value = "zh";
    expect([1, 2].map(said)).toEqual(["1 条消息", "2 条消息"]);
  });
});
