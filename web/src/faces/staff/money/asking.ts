// One act with money: the question names the amount and the number, asks why, and says how it went.

import { useI18n } from "vue-i18n";
import { useAsking } from "@/desk/asking";
import { say } from "@/desk/say";
import { useSignedIn } from "@/kit/signed_in";

export interface MoneyQuestion {
  title: string;
  text: string;
  yes: string;
  path: string;
  /** What is sent beside the reason. */
  more?: Readonly<Record<string, unknown>>;
  danger?: boolean;
  keepAs: string;
  /** Words for what the server answered. */
  said(answer: unknown): string;
}

/** Give a function that asks and acts; true once it went well. */
export function useMoneyAct(): (question: MoneyQuestion) => Promise<boolean> {
  const ask = useAsking();
  const { session } = useSignedIn();
  const { t } = useI18n();
  return (question) =>
    ask({
      title: question.title,
      text: question.text,
      yes: question.yes,
      label: t("desk.reason"),
      danger: question.danger ?? false,
      keepAs: question.keepAs,
      act: async ({ note }, key) => {
        const answer = await session.ask("POST", question.path, { key, body: { reason: note, ...question.more } });
        say(question.said(answer));
      },
    });
}
