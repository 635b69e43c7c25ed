// A finished waybill on its way to the server: what is kept of it on this device, and what a try
// makes of it. Photo and form stay until the server has them, or the courier removes them.

import { ApiError } from "@/api/errors";
import type { ErrorBody, UploadFinished } from "@/api/types";
import { drawKey } from "@/api/wire";

/** The form as typed; weight in grams, postage in yuan. */
export interface Typed {
  carrier: string;
  number: string;
  sender: string;
  recipient: string;
  phone: string;
  address: string;
  weight: string;
  postage: string;
  date: string;
}

/** A photo as this device keeps it; bytes, since older browsers lose blobs they stored. */
export interface KeptPhoto {
  type: string;
  bytes: ArrayBuffer;
}

/**
 * `draft` is being written; `waiting` is sent as soon as there is a network; `refused` waits for the
 * courier to mend it.
 */
export type UploadState = "draft" | "waiting" | "refused";

export type Refusal = Partial<ErrorBody> & { code: string; status?: number };

export interface Upload {
  person: string;
  order: string;
  state: UploadState;
  typed: Typed;
  photo: KeptPhoto | null;
  photoId: string | null; // of the photo, once it is at the server
  photoKey: string; // the same photo is sent under the same key
  formKey: string; // the same contents are sent under the same key
  refusal: Refusal | null;
  savedAt: number; // this device's time
}

/** How long what was not sent is kept: it holds other people's names. */
export const KEPT_MS = 14 * 24 * 3600 * 1000;

export const uploadName = (upload: Pick<Upload, "person" | "order">): string => `${upload.person}/${upload.order}`;

export const emptyForm = (date: string): Typed => ({
  carrier: "", number: "", sender: "", recipient: "", phone: "", address: "", weight: "", postage: "", date,
});

export function draftOf(person: string, order: string, typed: Typed, now: number): Upload {
  return {
    person, order, state: "draft", typed, photo: null, photoId: null,
    photoKey: drawKey(), formKey: drawKey(), refusal: null, savedAt: now,
  };
}

/** Another photo: sent anew under a key of its own. */
export const withPhoto = (upload: Upload, photo: KeptPhoto | null, photoId: string | null = null): Upload => ({
  ...upload, photo, photoId, photoKey: drawKey(), state: "draft", refusal: withoutField(upload.refusal, "photo_id"),
});

export const withTyped = (upload: Upload, typed: Typed): Upload => ({ ...upload, typed, state: "draft" });

/** Hand it in: from now on it is sent by itself. What was mended is other contents, of another key. */
export const handedIn = (upload: Upload): Upload => ({ ...upload, state: "waiting", formKey: drawKey(), refusal: null });

/** The fields that have to be filled in, in the form's order. */
export function missing(upload: Upload): (keyof Typed | "photo_id")[] {
  const fields = Object.keys(emptyForm("")) as (keyof Typed)[];
  const empty: (keyof Typed | "photo_id")[] = fields.filter((name) => !upload.typed[name].trim());
  return upload.photo || upload.photoId ? empty : [...empty, "photo_id"];
}

export function bodyOf({ typed, photoId }: Upload): UploadFinished {
  const { weight, postage, ...rest } = typed;
  const texts = Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, text.trim()])) as Omit<Typed, "weight" | "postage">;
  return {
    ...texts,
    weight_grams: Number(weight),
    postage_fen: Math.round(Number(postage) * 100),
    photo_id: photoId ?? "",
  };
}

/** The form's name of a field that the server names. */
export const FIELDS: Readonly<Record<string, keyof Typed | "photo_id">> = {
  carrier: "carrier", number: "number", sender: "sender", recipient: "recipient", phone: "phone",
  address: "address", weight_grams: "weight", postage_fen: "postage", date: "date", photo_id: "photo_id",
};

/** Whether a try that ended so is to be repeated by itself. */
export function passes(error: ApiError): boolean {
  const unheard = error.status === 0 || error.status >= 500 || error.code === "strange";
  return unheard || ["in_progress", "limited", "not_authenticated", "unavailable"].includes(error.code) || error.status === 401;
}

/** What a refusal leaves: all that was typed, the photo, and why. */
export function refusedBy(upload: Upload, error: ApiError): Upload {
  const { code, message, field, rule, details, status } = error;
  const refusal = { code, message, field: field ?? null, rule: rule ?? null, details, status } as Refusal;
  // A photo that the server will not take again (used, unreadable) is sent anew if another is chosen.
  const photoId = field === "photo_id" ? null : upload.photoId;
  return { ...upload, state: "refused", refusal, photoId };
}

export const errorOf = (refusal: Refusal | null): ApiError | null => (refusal ? new ApiError(refusal) : null);

/** Whether what is kept is still this upload, waiting: not taken back, removed or mended meanwhile. */
export const isStill = (kept: Upload | null | undefined, upload: Upload): boolean =>
  kept?.state === "waiting" && kept.formKey === upload.formKey;

const withoutField = (refusal: Refusal | null, field: string): Refusal | null =>
  refusal?.field === field ? null : refusal;
