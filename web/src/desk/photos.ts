// Kept photos as pictures on the page: each is asked for once (the read is recorded), a few of the
// last ones stay for going back, and the next one is asked for ahead.

import { onScopeDispose, type Ref, ref, watch } from "vue";
import { ApiError } from "@/api/errors";
import { useSignedIn } from "@/kit/signed_in";

const MOST_KEPT = 8;

export interface Photos {
  /** A URL that shows the photo, good while the component lives. */
  get(photoId: string): Promise<string>;
  /** Have it ready; a failure is told by `get`. */
  preload(photoId: string): void;
  /** Let go of one, so that it is asked for anew. */
  forget(photoId: string): void;
}

/** Photos that staff of a queue may see by their id. */
export function usePhotos(purpose: string): Photos {
  const { session } = useSignedIn();
  return photosBy((photoId) => session.askForBlob("GET", `/v1/photos/${photoId}`, { query: { purpose } }));
}

/** The same for photos that are asked for in another way. */
export function photosBy(fetched: (photoId: string) => Promise<Blob>): Photos {
  const asked = new Map<string, Promise<string>>();

  const forget = (photoId: string): void => {
    asked.get(photoId)?.then((url) => URL.revokeObjectURL(url), () => {});
    asked.delete(photoId);
  };
  const get = (photoId: string): Promise<string> => {
    const known = asked.get(photoId);
    const url = known ?? fetched(photoId).then((blob) => URL.createObjectURL(blob));
    asked.delete(photoId);
    asked.set(photoId, url); // the youngest is last
    if (!known) url.catch(() => asked.get(photoId) === url && asked.delete(photoId));
    const [oldest] = asked.keys();
    if (asked.size > MOST_KEPT && oldest) forget(oldest);
    return url;
  };
  onScopeDispose(() => [...asked.keys()].forEach(forget));
  return { get, preload: (photoId) => void get(photoId).catch(() => {}), forget };
}

export interface UsedPhoto {
  url: Ref<string>;
  error: Ref<unknown>;
  again(): void;
  /** What came shows nothing: it is to be asked for anew. */
  broken(): void;
}

/** The URL of the photo that is wanted now, or why there is none. */
export function usePhoto(photos: Photos, wanted: () => string | null): UsedPhoto {
  const url = ref("");
  const error = ref<unknown>(null);
  const turn = ref(0);
  watch([wanted, turn], async ([photoId]) => {
    url.value = "";
    error.value = null;
    if (!photoId) return;
    const mine = turn.value;
    try {
      const found = await photos.get(photoId);
      if (wanted() === photoId && turn.value === mine) url.value = found;
    } catch (thrown) {
      if (wanted() === photoId && turn.value === mine) error.value = thrown;
    }
  }, { immediate: true });
  const broken = (): void => {
    const photoId = wanted();
    if (photoId) photos.forget(photoId);
    url.value = "";
    error.value = new ApiError({ code: "strange" });
  };
  return { url, error, again: () => (turn.value += 1), broken };
}
