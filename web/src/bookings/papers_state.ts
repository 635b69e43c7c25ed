// The papers of one booking as this page knows them: the newest view, corrections, the consent.
// Each photo and each correction goes to the server at once, so that nothing is lost by a reload.

import { type ShallowRef, shallowRef } from "vue";
import { ApiError } from "@/api/errors";
import { device } from "@/api/session";
import type { CodeSent, CorrectPaper, PaperLinkView } from "@/api/types";
import { useSignedIn } from "@/kit/signed_in";
import { type PaperKind, type PapersView, sheetOf } from "./papers";

export interface PapersState {
  path: string;
  booking: string;
  view: ShallowRef<PapersView | null>;
  load(): Promise<void>;
  take(view: PapersView): void;
  agree(): Promise<void>;
  /** Keep what the person corrects beside what was read; over a newer version once more. */
  correct(kind: PaperKind, name: string, text: string): Promise<void>;
  /** A path to the photo, good once: every look is on record. */
  link(kind: PaperKind): Promise<string>;
  /** Ask for the code that shows masked papers in full, and use it. */
  askForCode(): Promise<CodeSent>;
  unlock(code: string): Promise<void>;
}

export function usePapers(booking: string): PapersState {
  const { session } = useSignedIn();
  const path = `/v1/bookings/${booking}/papers`;
  const view = shallowRef<PapersView | null>(null);

  const take = (told: PapersView): void => {
    if (!view.value || told.version >= view.value.version) view.value = told;
  };
  const load = async (): Promise<void> => take(await session.ask<PapersView>("GET", path));
  const put = async (kind: PaperKind, name: string, text: string): Promise<void> => {
    const sheet = sheetOf(view.value, kind);
    if (!sheet) return;
    const body: CorrectPaper = { version: sheet.version, fields: { [name]: text } };
    take(await session.ask<PapersView>("PUT", `${path}/${kind}`, { body }));
  };
  return {
    path,
    booking,
    view,
    load,
    take,
    agree: async () => {
      const body = { consent_version: view.value?.consent_version ?? "" };
      await session.ask("POST", "/v1/papers-consent", { body });
      await load();
    },
    correct: async (kind, name, text) => {
      try {
        await put(kind, name, text);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "stale") throw error;
        await load(); // another field was corrected meanwhile
        await put(kind, name, text);
      }
    },
    link: async (kind) => (await session.ask<PaperLinkView>("POST", `${path}/${kind}/link`)).path,
    askForCode: () => session.ask<CodeSent>("POST", "/v1/me/codes", { body: { purpose: "look", device: device() } }),
    unlock: async (code) => {
      await session.ask("POST", `${path}/unlock`, { body: { code, device: device() } });
      await load();
    },
  };
}
