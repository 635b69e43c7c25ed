// The language of the pages: Chinese unless this device chose English. `t` is vue-i18n's own.

import { computed, type WritableComputedRef } from "vue";
import { createI18n, useI18n } from "vue-i18n";
import { onDevice } from "@/api/keeping";
import { joined, type Language, only, type Pairs } from "./pairs";
import shared from "./shared";
import rules from "./words/rules";

export type { Language, Pair, Pairs } from "./pairs";

const CHOSEN = "lanjian.language";

export const chosenLanguage = (): Language => (onDevice.getItem(CHOSEN) === "en" ? "en" : "zh");

/** The texts of one face: its own tables, beside those that all share. */
export function makeI18n(tables: readonly Pairs[]) {
  const all = joined([shared, rules, ...tables]);
  const locale = chosenLanguage();
  tellDocument(locale);
  return createI18n({
    legacy: false,
    locale,
    messages: { zh: only("zh", all), en: only("en", all) },
    missingWarn: import.meta.env.DEV,
    fallbackWarn: import.meta.env.DEV,
    pluralRules: {},
  });
}

function tellDocument(language: Language): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** The language now; set it, and this device keeps it. */
export function useLanguage(): WritableComputedRef<Language> {
  const { locale } = useI18n({ useScope: "global" });
  return computed({
    get: () => locale.value as Language,
    set: (language) => {
      locale.value = language;
      onDevice.setItem(CHOSEN, language);
      tellDocument(language);
    },
  });
}

/** Say a code of a table in words: `word("custody", "open")`; an unknown code is shown as it is. */
export function useWord(): (table: string, code: string | null | undefined) => string {
  const { t, te } = useI18n({ useScope: "global" });
  return (table, code) => (code && te(`${table}.${code}`) ? t(`${table}.${code}`) : (code ?? ""));
}
