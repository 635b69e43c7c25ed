// Where a courier's finished waybills wait until they are sent: IndexedDB, which outlives reloads and
// holds photos. A phone page's log-out looks here, whichever it is, and so does the account's erasure.

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
export async function withinUploads<Answer>(
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

export const uploadsOf = (person: string): IDBKeyRange => IDBKeyRange.bound(`${person}/`, `${person}/\uffff`);

/** How many of a person's waybills were not sent yet; none where nothing can be kept. */
export async function unsentUploads(person: string): Promise<number> {
  try {
    return await withinUploads("readonly", (uploads) => uploads.count(uploadsOf(person)));
  } catch {
    return 0; // a private window: nothing was kept either
  }
}

/** Forget them, with other people's names and photos. */
export async function forgetUploads(person: string): Promise<void> {
  try {
    await withinUploads("readwrite", (uploads) => uploads.delete(uploadsOf(person)));
  } catch {
    // as above
  }
}
