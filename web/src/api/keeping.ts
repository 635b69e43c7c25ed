// What the pages keep: on this device, or in this tab. A browser may refuse (storage switched off,
// some private windows) or have no room: then it is remembered until the page is closed, and nothing
// breaks.

/** What a page needs of a store; the browser's own fit as well. */
export type Keep = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class Kept implements Keep {
  private readonly held = new Map<string, string>(); // what the browser would not keep

  constructor(private readonly store: () => Storage) {
    // Another tab could keep it, and knows it better.
    globalThis.addEventListener?.("storage", ({ key }) => key !== null && this.held.delete(key));
  }

  getItem(name: string): string | null {
    return this.held.get(name) ?? this.tried((store) => store.getItem(name), null);
  }

  setItem(name: string, text: string): void {
    const kept = this.tried((store) => {
      store.setItem(name, text);
      return true;
    }, false);
    if (kept) this.held.delete(name);
    else this.held.set(name, text);
  }

  removeItem(name: string): void {
    this.held.delete(name);
    this.tried((store) => store.removeItem(name), undefined);
  }

  /** Whether what is kept under a name outlives the page: the browser has it, not this object alone. */
  lasts(name: string): boolean {
    return !this.held.has(name) && this.tried((store) => store.getItem(name) !== null, false);
  }

  /** The names of all that is kept. */
  names(): string[] {
    const kept = this.tried((store) => Array.from({ length: store.length }, (_, at) => store.key(at) ?? ""), []);
    return [...new Set([...kept, ...this.held.keys()])];
  }

  private tried<Answer>(act: (store: Storage) => Answer, otherwise: Answer): Answer {
    try {
      return act(this.store());
    } catch {
      return otherwise;
    }
  }
}

/** Outlives the page; all tabs see it. */
export const onDevice = new Kept(() => localStorage);
/** Outlives a reload of this tab. */
export const inTab = new Kept(() => sessionStorage);
