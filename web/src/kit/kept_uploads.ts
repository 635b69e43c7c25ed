// Where a courier's finished waybills wait until they are sent: IndexedDB, which outlives reloads and
// holds photos; in the page's memory where the device keeps none. A phone page's log-out looks here,
// whichever it is, and so does the account's erasure.

const NAME = "lanjian.uploads";
const VERSION = 1;
const UPLOADS = "uploads";

/** What the device would not keep, by the names that it has there; of all persons. Gone with the page. */
export const heldUploads = new Map<string, { person: string }>();

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

/**
 * Change one upload in one step, so that no other tab comes between: `next` is given what is kept
 * and gives what is to be (null: nothing more; undefined: as it is). Gives whether it changed.
 */
export async function changeUpload<Upload>(name: string, next: (kept: Upload | undefined) => Upload | null | undefined): Promise<boolean> {
  let changes = false;
  await withinUploads<Upload | undefined>("readwrite", (uploads) => {
    const read = uploads.get(name) as IDBRequest<Upload | undefined>;
    read.addEventListener("success", () => {
      const now = next(read.result);
      changes = now !== undefined;
      if (now === null) uploads.delete(name);
      else if (now !== undefined) uploads.put(now, name);
    });
    return read;
  });
  return changes;
}

export const uploadsOf = (person: string): IDBKeyRange => IDBKeyRange.bound(`${person}/`, `${person}/\uffff`);

const heldOf = (person: string): string[] => [...heldUploads].filter(([, one]) => one.person === person).map(([name]) => name);

/** How many of a person's waybills were not sent yet, wherever they are. */
export async function unsentUploads(person: string): Promise<number> {
  // A private window keeps none.
  const kept = await withinUploads("readonly", (uploads) => uploads.getAllKeys(uploadsOf(person))).catch(() => []);
  return new Set([...kept, ...heldOf(person)]).size; // the held one may be the newer of one that is kept
}

/** Forget them, with other people's names and photos. */
export async function forgetUploads(person: string): Promise<void> {
  for (const name of heldOf(person)) heldUploads.delete(name);
  try {
    await withinUploads("readwrite", (uploads) => uploads.delete(uploadsOf(person)));
  } catch {
    // as above
  }
}
