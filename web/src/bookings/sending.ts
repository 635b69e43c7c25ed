// One photo on its way to the server: made small, kept until it is there, sent again after a break.

import { onScopeDispose, type Ref, ref, type ShallowRef, shallowRef } from "vue";
import { ApiError } from "@/api/errors";
import { drawKey } from "@/api/wire";
import { useSignedIn } from "@/kit/signed_in";
import { smaller } from "@/phone/photos";
import { forgetPhoto, type KeptPhoto, keepPhoto, keptPhoto, photoName } from "@/kit/kept_photos";
import type { PaperKind, PapersView } from "./papers";
import type { PapersState } from "./papers_state";
import { upload } from "./upload";

export interface Sending {
  /** null: nothing is on its way; else how much of it, from 0 to 1. */
  part: Ref<number | null>;
  /** Whether a photo waits on this device for the connection. */
  unsent: Ref<boolean>;
  error: ShallowRef<ApiError | null>;
  send(photo: Blob): Promise<void>;
  again(): Promise<void>;
}

/** `goes` hears that a photo is about to go out. */
export function useSending(papers: PapersState, kind: PaperKind, goes: () => void): Sending {
  const { session } = useSignedIn();
  const part = ref<number | null>(null);
  const unsent = ref(false);
  const error = shallowRef<ApiError | null>(null);
  const name = photoName(papers.booking, kind);
  let waiting: KeptPhoto | null = null;

  const go = async (): Promise<void> => {
    const photo = waiting;
    if (!photo || part.value !== null) return;
    part.value = 0;
    unsent.value = false;
    error.value = null;
    goes();
    try {
      const progress = (done: number): void => void (part.value = done);
      papers.take(await upload<PapersView>(session, { path: `${papers.path}/${kind}`, photo: photo.photo, key: photo.key, progress }));
      if (waiting === photo) waiting = null;
      await forgetPhoto(name);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      const broken = thrown.code === "offline" || thrown.code === "timeout";
      unsent.value = broken;
      error.value = broken ? null : thrown;
      if (!broken && waiting === photo) {
        waiting = null; // it was refused: sending it again would be, too
        await forgetPhoto(name);
      }
    } finally {
      part.value = null;
    }
    if (waiting && waiting !== photo) await go(); // another was taken meanwhile
  };
  const again = async (): Promise<void> => {
    waiting ??= await keptPhoto(name);
    await go();
  };
  const online = (): void => void again();
  addEventListener("online", online);
  onScopeDispose(() => removeEventListener("online", online));
  return {
    part,
    unsent,
    error,
    again,
    send: async (file) => {
      waiting = { name, person: session.personId ?? "", photo: await smaller(file), key: drawKey(), at: Date.now() };
      await keepPhoto(waiting);
      await go();
    },
  };
}
