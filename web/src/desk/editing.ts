// A form over something that several people edit: what is typed outlives a reload, a save names the
// version it was made from, and when somebody else saved first, their changes are told beside mine.

import { computed, type ComputedRef, shallowRef, type ShallowRef } from "vue";
import { inTab } from "@/api/keeping";
import { type Acting, useAct } from "@/kit/acting";
import { useDraft } from "@/kit/drafts";
import { type Change, copy, merged, same, type Version } from "./versioned";

/** No version: nothing was read yet. */
const UNREAD = -1;
/** Others may save so often while one save is under way. */
const TRIES = 3;

export interface Editing<Fields extends object> {
  /** What the form holds. */
  fields: ComputedRef<Fields>;
  /** Something is typed that was not saved. */
  dirty: ComputedRef<boolean>;
  /** What somebody else changed meanwhile; empty while nobody did. */
  changes: ShallowRef<readonly Change[]>;
  acting: Acting<[]>;
  /** The refusal in words, unless it stands beside its field or is told by `changes`. */
  message: ComputedRef<string>;
  /** What the server has now: shown at once, or merged under what is typed. */
  take(now: Version<Fields>): void;
  /** Save; gives whether it went well. */
  save(): Promise<boolean>;
  /** Let go of what is typed. */
  drop(): void;
}

/**
 * `name` is the draft's; `save` writes the fields over a version and gives what the server has
 * then; `read` reads it anew; `places` are the fields that show their own refusals.
 */
export function useEditing<Fields extends object>(
  name: string,
  empty: Fields,
  { save, read, places }: {
    save: (fields: Fields, version: number, key: string) => Promise<Version<Fields>>;
    read: () => Promise<Version<Fields>>;
    places: readonly string[];
  },
): Editing<Fields> {
  const blank = () => ({ version: UNREAD, base: copy(empty), fields: copy(empty) });
  const { draft, forget } = useDraft(name, blank, inTab);
  const changes = shallowRef<readonly Change[]>([]);
  const latest = shallowRef<Version<Fields> | null>(null);
  const fields = computed(() => draft.fields as Fields);
  const dirty = computed(() => draft.version !== UNREAD && !same(draft.fields, draft.base));

  const show = ({ version, fields: now }: Version<Fields>): void => {
    Object.assign(draft, { version, base: copy(now), fields: copy(now) });
    changes.value = [];
  };
  const take = (now: Version<Fields>): void => {
    latest.value = now;
    if (now.version === draft.version) return;
    if (!dirty.value) return show(now);
    const met = merged(draft.fields as Fields, draft.base as Fields, now.fields);
    Object.assign(draft, { version: now.version, base: copy(now.fields), fields: met.fields });
    changes.value = met.changes;
  };
  let sent = copy(empty); // what the last try carried: who types on meanwhile keeps that
  /** Where the version is newer and none of these fields changed, there is nothing to ask about. */
  const saveOver = async (key: string, tries: number): Promise<Version<Fields>> => {
    try {
      sent = copy(draft.fields) as Fields;
      return await save(copy(sent), draft.version, key);
    } catch (error) {
      if ((error as { code?: string }).code !== "stale") throw error;
      take(await read());
      if (changes.value.length || tries <= 1) throw error;
      return saveOver(key, tries - 1);
    }
  };
  const acting = useAct(
    async (key) => {
      const saved = await saveOver(key, TRIES);
      latest.value = saved;
      if (same(draft.fields, sent)) {
        forget();
        return show(saved);
      }
      const { fields: mine } = merged(draft.fields as Fields, sent, saved.fields);
      Object.assign(draft, { version: saved.version, base: copy(saved.fields), fields: mine });
      changes.value = [];
    },
    { fields: places, contents: () => draft },
  );
  return {
    fields,
    dirty,
    changes,
    acting,
    message: computed(() => (changes.value.length && acting.error.value?.code === "stale" ? "" : acting.message.value)),
    take,
    save: () => acting.run(),
    drop: () => {
      acting.clear();
      if (latest.value) show(latest.value);
    },
  };
}
