/** How late an expiry is noticed at most, beside the time it takes to read the key. */
const SLOT_MS = 200;
/** Keys of which the expiry is known: beyond it Redis' own announcement, which may be late, has to do. */
const MAX_KEYS = 1_000_000;
/** Told of in one turn: a few milliseconds' work for whoever is told. */
const DUE_AT_ONCE = 1000;

/**
 * Says when keys have expired. Redis announces that when it deletes them, which for a key that nobody
 * touches is whenever it comes by: seconds, in a database with very many keys that expire.
 */
export class Expiries {
  readonly #onDue: (keys: readonly string[]) => void;
  /** Key → the slot in which it is due. */
  readonly #slotOf = new Map<string, number>();
  readonly #slots = new Map<number, Set<string>>();
  #timer: NodeJS.Timeout | null = null;
  #looked = 0;

  constructor(onDue: (keys: readonly string[]) => void) {
    this.#onDue = onDue;
  }

  /** The key expires in so long; `null` for never. */
  note(key: string, ttlMs: number | null): void {
    this.#forget(key);
    if (ttlMs === null || this.#slotOf.size >= MAX_KEYS) return;
    // The slot after the one it expires in: when that comes it has expired.
    const slot = slotAt(performance.now() + ttlMs) + 1;
    this.#slotOf.set(key, slot);
    const keys = this.#slots.get(slot) ?? new Set();
    this.#slots.set(slot, keys.add(key));
    this.#run();
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#slotOf.clear();
    this.#slots.clear();
  }

  #forget(key: string): void {
    const slot = this.#slotOf.get(key);
    if (slot === undefined) return;
    this.#slotOf.delete(key);
    const keys = this.#slots.get(slot);
    keys?.delete(key);
    if (keys?.size === 0) this.#slots.delete(slot);
  }

  #run(): void {
    if (this.#timer !== null) return;
    this.#looked = slotAt(performance.now());
    this.#timer = setInterval(() => this.#look(), SLOT_MS);
    this.#timer.unref();
  }

  #look(): void {
    const due = this.#take(slotAt(performance.now()));
    if (this.#slots.size === 0) this.close();
    if (due.length === DUE_AT_ONCE) setImmediate(() => this.#look());
    if (due.length > 0) this.#onDue(due);
  }

  #take(now: number): string[] {
    const due: string[] = [];
    for (; this.#looked <= now; this.#looked++) {
      for (const key of this.#slots.get(this.#looked) ?? []) {
        if (due.length === DUE_AT_ONCE) return due;
        this.#forget(key);
        due.push(key);
      }
    }
    return due;
  }
}

function slotAt(ms: number): number {
  return Math.floor(ms / SLOT_MS);
}
