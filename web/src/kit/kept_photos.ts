// Photos (of papers, of a refused parcel) that are not at the server yet, kept on this device over a
// reload or a broken connection until they were sent, their hour is over or their person logs out. In
// the browser's own database: too large elsewhere.

const DATABASE = "lanjian.papers";
const STORE = "photos";
const LONGEST_MS = 60 * 60_000; // no hold and no visit lives longer; an older photo is deleted unsent

export interface KeptPhoto {
  /** What it is of and which one: `photoName`. */
  name: string;
  person: string;
  photo: Blob;
  /** The upload's Idempotency-Key: sent again, it is the same upload. */
  key: string;
  at: number;
}

export const photoName = (of: string, kind: string): string => `${of}/${kind}`;

/** Which kept photos are too old to be kept on. */
export const tooOld = (kept: readonly Pick<KeptPhoto, "name" | "at">[], now: number): string[] =>
  kept.filter((one) => now - one.at > LONGEST_MS || one.at > now + LONGEST_MS).map((one) => one.name);

/** Keep a photo; without a database (a private window may have none) it lives as long as the page. */
export async function keepPhoto(photo: KeptPhoto): Promise<void> {
  await withStore("readwrite", (store) => store.put(photo)).catch(() => {});
}

export async function keptPhoto(name: string): Promise<KeptPhoto | null> {
  await sweep();
  const kept = await withStore<KeptPhoto | undefined>("readonly", (store) => store.get(name)).catch(() => undefined);
  return kept ?? null;
}

export async function forgetPhoto(name: string): Promise<void> {
  await withStore("readwrite", (store) => store.delete(name)).catch(() => {});
}

const ofPerson = async (person: string): Promise<string[]> => {
  await sweep();
  const kept = await withStore<KeptPhoto[]>("readonly", (store) => store.getAll()).catch(() => []);
  return kept.filter((one) => one.person === person).map((one) => one.name);
};

/** How many photos of somebody's were not sent. */
export const unsentPhotos = async (person: string): Promise<number> => (await ofPerson(person)).length;

/** Forget them: they may be of identity cards. */
export async function forgetPhotosOf(person: string): Promise<void> {
  for (const name of await ofPerson(person)) await forgetPhoto(name);
}

async function sweep(): Promise<void> {
  const kept = await withStore<KeptPhoto[]>("readonly", (store) => store.getAll()).catch(() => []);
  for (const name of tooOld(kept, Date.now())) await forgetPhoto(name);
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "name" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function withStore<Answer>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<Answer> {
  const database = await opened();
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result as Answer);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
