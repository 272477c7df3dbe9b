import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../../balance/pool.ts';
import type { Waiter } from './waiter.ts';

/** The counts of backends, as those who wait for room need them. */
export interface RoomSignals {
  activeSessions(slot: number): number;
  /**
   * Resolves when somebody leaves the slot and it is our turn to know, or after `timeoutMs`; `null` when its
   * count is not `seen` any more.
   */
  untilLeft(slot: number, seen: number, timeoutMs: number): Promise<unknown> | null;
  /** Tell one of those who wait, of all workers: who has waited longest. */
  wakeOne(slot: number): void;
}

/** The net under the signals: room that a dead worker left, or a limit that was raised. */
const LOOK_MS = 250;
/** The same where there was room that nobody could use. */
const SOON_MS = 25;
/** Whoever starts backends is told again while somebody waits: it may have missed the first time. */
const CALL_AGAIN_MS = 1000;

/**
 * The sessions of one worker that wait: for room, first come first served for each pool; or for a backend.
 * How many, and for how long, is for `waitFor` to bound.
 *
 * Workers take turns: room that becomes free is told to the worker that has waited longest to be told.
 */
export class Waiting {
  readonly #signals: RoomSignals;
  readonly #call: (name: string) => void;
  readonly #lines = new Map<Pool, Set<Waiter>>();
  readonly #watched = new Set<number>();
  #sleepers = 0;
  #calling: NodeJS.Timeout | null = null;

  /** `call` has a backend started for a name. */
  constructor(signals: RoomSignals, call: (name: string) => void) {
    this.#signals = signals;
    this.#call = call;
  }

  /** How many wait for room in this pool: whoever comes now comes after them. */
  ahead(pool: Pool): number {
    return this.#lines.get(pool)?.size ?? 0;
  }

  join(pool: Pool, waiter: Waiter): void {
    const line = this.#lines.get(pool) ?? new Set();
    this.#lines.set(pool, line.add(waiter));
    if (waiter.wakes) this.#addSleeper(waiter);
    else this.#serve(pool);
  }

  leave(pool: Pool, waiter: Waiter): void {
    const line = this.#lines.get(pool);
    if (line?.delete(waiter) !== true) return;
    if (line.size === 0) this.#lines.delete(pool);
    if (waiter.wakes) this.#removeSleeper();
  }

  /** These routes changed, `null` is all: whoever waits for one looks it up again, in the same order. */
  routesChanged(patterns: readonly string[] | null): void {
    for (const [pool, line] of this.#lines) {
      for (const waiter of line) {
        if (patterns !== null && !patterns.some((pattern) => waiter.concerns(pattern))) continue;
        this.leave(pool, waiter);
        waiter.go('again');
      }
    }
  }

  // Let in who is next, while there is room.
  #serve(pool: Pool): void {
    for (const waiter of this.#lines.get(pool) ?? []) {
      if (!waiter.attempt()) break;
      this.leave(pool, waiter);
      waiter.go('room');
    }
    if (this.ahead(pool) > 0) this.#watch(pool);
  }

  #watch(pool: Pool): void {
    for (const { slot, max } of pool.backends) {
      if (max === null || this.#watched.has(slot)) continue;
      this.#watched.add(slot);
      void this.#untilRoom(slot, max).then(() => this.#look(slot));
    }
  }

  // There may be some, and yet nobody could use it: then the next look is not at once.
  #untilRoom(slot: number, max: number): Promise<unknown> {
    const seen = this.#signals.activeSessions(slot);
    if (seen < max) return sleep(SOON_MS);
    return this.#signals.untilLeft(slot, seen, LOOK_MS) ?? Promise.resolve();
  }

  // Somebody may have left this slot.
  #look(slot: number): void {
    this.#watched.delete(slot);
    let isWanted = false;
    for (const pool of this.#lines.keys()) {
      if (!pool.backends.some((backend) => backend.slot === slot)) continue;
      isWanted = true;
      this.#serve(pool);
    }
    // We were told, and nobody waits here any more: another worker may have somebody.
    if (!isWanted) this.#signals.wakeOne(slot);
  }

  #addSleeper({ name }: Waiter): void {
    this.#sleepers++;
    this.#call(name);
    this.#calling ??= setInterval(() => this.#callAgain(), CALL_AGAIN_MS).unref();
  }

  #removeSleeper(): void {
    if (--this.#sleepers > 0) return;
    if (this.#calling !== null) clearInterval(this.#calling);
    this.#calling = null;
  }

  #callAgain(): void {
    const waiters = [...this.#lines.values()].flatMap((line) => [...line]);
    const names = waiters.flatMap(({ wakes, name }) => (wakes ? [name] : []));
    for (const name of new Set(names)) this.#call(name);
  }
}
