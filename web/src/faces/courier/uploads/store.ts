// The uploads of the outbox, in this device's store of them.

import { uploadsOf, withinUploads } from "@/kit/kept_uploads";
import { type Upload, uploadName } from "./upload";
import type { UploadStore } from "./outbox";

export const browserStore: UploadStore = {
  all: (person) => withinUploads<Upload[]>("readonly", (uploads) => uploads.getAll(uploadsOf(person))),
  get: async (person, order) =>
    (await withinUploads<Upload | undefined>("readonly", (uploads) => uploads.get(uploadName({ person, order })))) ?? null,
  put: async (upload) => void (await withinUploads("readwrite", (uploads) => uploads.put(upload, uploadName(upload)))),
  remove: async (person, order) => void (await withinUploads("readwrite", (uploads) => uploads.delete(uploadName({ person, order })))),
};
