// What a refusal says to people, in their language: the rule's words, else the server's own.

import { useI18n } from "vue-i18n";
import { ApiError } from "@/api/errors";

const BETWEEN = " / "; // the server writes "中文 / English"

/** Give a function that words an error; what is not an ApiError is a fault of the page itself. */
export function useRefusal(): (error: unknown) => string {
  const { t, te, locale } = useI18n({ useScope: "global" });
  return (error) => {
    if (!(error instanceof ApiError)) return String((error as Error)?.message ?? error);
    if (error.rule && te(`rule.${error.rule}`)) return t(`rule.${error.rule}`);
    if (error.message) return half(error.message, locale.value === "en");
    return te(`own.${error.code}`) ? t(`own.${error.code}`) : error.code;
  };
}

function half(message: string, second: boolean): string {
  const at = message.indexOf(BETWEEN);
  if (at < 0) return message;
  return second ? message.slice(at + BETWEEN.length) : message.slice(0, at);
}
