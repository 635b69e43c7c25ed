// Where uploads are kept: IndexedDB, which outlives reloads and holds photos.

import { type Upload, uploadName } from "./upload";
import type { UploadStore } from "./outbox";

const NAME = "lanjian.uploads";
const VERSION = 1;
const UPLOADS = "uploads";

const asked = <Answer>(request: IDBRequest<Answer>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => request.result.createObjectStore(UPLOADS);
  return asked(request);
}

/** Opened for each act and closed after it, so that no tab stands in the way of a newer version. */
async function within<Answer>(
  mode: IDBTransactionMode,
  act: (uploads: IDBObjectStore) => IDBRequest<Answer>,
): Promise<Answer> {
  const database = await opened();
  try {
    const transaction = database.transaction(UPLOADS, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("IndexedDB"));
    });
    const answer = await asked(act(transaction.objectStore(UPLOADS)));
    await done; // on disk, as far as the browser says
    return answer;
  } finally {
    database.close();
  }
}

const ofPerson = (person: string): IDBKeyRange => IDBKeyRange.bound(`${person}/`, `${person}/\uffff`);

export const browserStore: UploadStore = {
  all: (person) => within<Upload[]>("readonly", (uploads) => uploads.getAll(ofPerson(person))),
  get: async (person, order) =>
    (await within<Upload | undefined>("readonly", (uploads) => uploads.get(uploadName({ person, order })))) ?? null,
  put: async (upload) => void (await within("readwrite", (uploads) => uploads.put(upload, uploadName(upload)))),
  remove: async (person, order) => void (await within("readwrite", (uploads) => uploads.delete(uploadName({ person, order })))),
};
