// Photos of a thread: taken small and uploaded, and shown by the thread's own recorded route.

import { onScopeDispose, reactive } from "vue";
import { useSignedIn } from "@/kit/signed_in";
import type { PhotoTaken } from "@/api/types";
import { smaller } from "@/phone/photos";

export const MOST_PHOTOS = 6;

/** URLs of a thread's photos, asked for one by one; "" while one is on its way or cannot be had. */
export function useThreadPhotos(order: () => string): { of(photo: string): string } {
  const { session } = useSignedIn();
  const urls = reactive<Record<string, string>>({});

  const load = async (photo: string): Promise<void> => {
    urls[photo] = "";
    try {
      const blob = await session.askForBlob("GET", `/v1/orders/${order()}/complaint/photos/${photo}`);
      urls[photo] = URL.createObjectURL(blob);
    } catch {
      setTimeout(() => delete urls[photo], 5000); // asked for again when it is drawn next
    }
  };
  onScopeDispose(() => Object.values(urls).forEach((url) => url && URL.revokeObjectURL(url)));
  return {
    of: (photo) => {
      if (!(photo in urls)) void load(photo);
      return urls[photo] ?? "";
    },
  };
}

/** Upload a photo; gives its id. */
export function usePhotoUpload(): (file: File, key: string) => Promise<string> {
  const { session } = useSignedIn();
  return async (file, key) => {
    const blob = await smaller(file);
    const taken = await session.ask<PhotoTaken>("POST", "/v1/photos", { raw: blob, key });
    return taken.photo_id;
  };
}
