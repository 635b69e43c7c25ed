// A search that the address tells, so that a reload, a way back or a colleague sees the same.

import { onMounted, type ShallowRef, shallowRef, watch } from "vue";
import { useRoute, useRouter } from "vue-router";

type Query = Record<string, unknown>;

export interface Terms<Form> {
  fromAddress(query: Query): Form;
  toAddress(form: Form): Record<string, string>;
}

/** One text of an address. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Only what is set: the rest is not said in an address. */
export const set = (terms: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(terms).filter(([, value]) => value));

/**
 * What is looked for, whoever says so. Our own change of the address comes back later, when somebody
 * may be typing the next search already: that is no news, and the form is theirs.
 */
export class Sought<Form extends object> {
  private known = "";

  constructor(private readonly terms: Terms<Form>) {}

  /** A form was sent; gives what of it the address can tell. */
  sent(form: Form): Form {
    const told = this.terms.fromAddress(this.terms.toAddress(form));
    this.known = JSON.stringify(told);
    return told;
  }

  /** What an address looks for, or null where that is looked for already. */
  news(query: Query): Form | null {
    const told = this.terms.fromAddress(query);
    const before = this.known;
    this.known = JSON.stringify(told);
    return this.known === before ? null : told;
  }
}

export interface Search<Form> {
  /** What is looked for: not what is being typed. */
  asked: ShallowRef<Form>;
  /** Look for what the form says now. */
  search(): void;
}

/** Join a form to the page's address and a reading. `keepsWay`: each search is a step to go back to. */
export function useSearch<Form extends object>(
  form: Form,
  { look, keepsWay = false, ...terms }: Terms<Form> & { look: () => void; keepsWay?: boolean },
): Search<Form> {
  const route = useRoute();
  const router = useRouter();
  const { path } = route;
  const sought = new Sought(terms);
  const asked = shallowRef(terms.fromAddress(route.query)) as ShallowRef<Form>;
  const take = (told: Form): void => {
    asked.value = told;
    Object.assign(form, told);
  };

  take(sought.news(route.query) ?? asked.value);
  onMounted(look);
  watch(() => route.query, (query) => {
    const told = route.path === path ? sought.news(query) : null; // the page may be on its way out
    if (!told) return;
    take(told);
    look();
  });
  const search = (): void => {
    asked.value = sought.sent(form);
    const query = terms.toAddress(form);
    void (keepsWay ? router.push({ query }) : router.replace({ query }));
    look();
  };
  return { asked, search };
}
