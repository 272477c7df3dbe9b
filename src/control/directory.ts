import type { Protocol } from '../protocol.ts';
import { Latch } from './latch.ts';
import { RouteTable, type RouteMatch } from '../route/table.ts';
import type { ServerName } from '../server-name.ts';
import type { RouteAnswer } from '../worker/messages.ts';
import type { RouteBackends } from './route-backends.ts';

/** More changed patterns than this at once, and the workers forget everything instead. */
const MAX_INVALIDATED = 1000;
/** A name asked for before the routes were read for the first time waits so long for them. */
const FIRST_READ_WAIT_MS = 1000;

export interface DirectoryOptions {
  readonly backends: RouteBackends;
  /** Tell every worker to forget what these patterns answered; `null` is all of them. */
  readonly invalidate: (patterns: readonly string[] | null) => void;
}

type Members = readonly string[];

/** The truth about routes: filled by a source, asked by the workers. */
export class Directory {
  readonly #table = new RouteTable<Members>();
  readonly #backends: RouteBackends;
  readonly #invalidate: DirectoryOptions['invalidate'];
  readonly #ready = new Latch();
  /** The source is in trouble: who asks before the first read is not kept waiting for it. */
  readonly #trouble = new Latch();

  constructor(options: DirectoryOptions) {
    this.#backends = options.backends;
    this.#invalidate = options.invalidate;
  }

  /** Routes have been read at least once: an unknown name is known to be unknown. */
  get ready(): boolean {
    return this.#ready.isOpen;
  }

  /** Resolves when routes have been read for the first time. */
  get whenReady(): Promise<void> {
    return this.#ready.opened;
  }

  /** Routes by kind of pattern. */
  counts(): Readonly<Record<RouteMatch, number>> {
    return this.#table.counts;
  }

  /** Take the whole table. Only what differs is forgotten by the workers. */
  replace(all: ReadonlyMap<string, Members>): void {
    const changed = [...this.#table.keys()].filter((pattern) => !all.has(pattern));
    for (const pattern of changed) this.#delete(pattern);
    for (const [pattern, members] of all) {
      if (sameMembers(this.#table.get(pattern), members)) continue;
      this.#table.set(pattern, members);
      changed.push(pattern);
    }
    this.#forget(changed);
    this.#ready.open();
  }

  /** Take one route; without members it is gone. */
  change(pattern: string, members: Members): void {
    if (sameMembers(this.#table.get(pattern), members)) return;
    if (members.length === 0) this.#delete(pattern);
    else this.#table.set(pattern, members);
    this.#forget([pattern]);
  }

  /** A DNS name has other addresses now: whoever uses it is built anew. */
  nameChanged(name: string): void {
    this.#forget(this.#backends.patternsUsing(name));
  }

  /** Whoever still waits for the first read waits in vain. */
  giveUpWaiting(): void {
    this.#trouble.open();
  }

  async answer(name: ServerName | null, protocol: Protocol): Promise<RouteAnswer> {
    if (!this.ready) await this.#firstRead();
    if (!this.ready) return { kind: 'unavailable' };
    for (;;) {
      const found = this.#table.lookup(name, protocol);
      if (found === null) return { kind: 'unknown' };
      const { pattern, match } = found;
      const backends = this.#backends.build(pattern, found.value, protocol);
      if (!(backends instanceof Promise)) return { kind: 'route', pattern, match, backends };
      // While DNS answers the table may change: look again rather than answer with the past.
      await backends;
    }
  }

  async #firstRead(): Promise<void> {
    const impatience = new Latch();
    const timer = setTimeout(() => impatience.open(), FIRST_READ_WAIT_MS);
    await Promise.race([this.#ready.opened, this.#trouble.opened, impatience.opened]);
    clearTimeout(timer);
  }

  #delete(pattern: string): void {
    this.#table.delete(pattern);
    this.#backends.remove(pattern);
  }

  #forget(patterns: readonly string[]): void {
    if (patterns.length === 0) return;
    for (const pattern of patterns) this.#backends.forget(pattern);
    this.#invalidate(patterns.length > MAX_INVALIDATED ? null : patterns);
  }
}

function sameMembers(before: Members | undefined, after: Members): boolean {
  if (before === undefined) return after.length === 0;
  if (before.length !== after.length) return false;
  const known = new Set(before);
  return after.every((member) => known.has(member));
}
