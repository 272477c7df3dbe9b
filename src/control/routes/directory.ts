import type { Protocol } from '../../protocol.ts';
import { Latch } from '../latch.ts';
import { RouteTable, type RouteMatch } from '../../route/table.ts';
import type { ServerName } from '../../server-name.ts';
import type { RouteAnswer } from '../../worker/messages.ts';
import type { RouteBackends } from './route-backends.ts';
import type { RefusedMembers } from './route-members.ts';

/** More changed patterns than this at once, and the workers forget everything instead. */
const MAX_INVALIDATED = 1000;
/** More changed routes than this at once are looked at a few at a time. */
const MAX_LOOKED_AT = 1000;
/** A name asked for before the routes were read for the first time waits so long for them. */
const FIRST_READ_WAIT_MS = 1000;

export interface DirectoryOptions {
  readonly backends: RouteBackends;
  readonly refused: RefusedMembers;
  /** Tell every worker to forget what these patterns answered; `null` is all of them. */
  readonly invalidate: (patterns: readonly string[] | null) => void;
}

type Members = readonly string[];

/** The truth about routes: filled by a source, asked by the workers. */
export class Directory {
  readonly #table = new RouteTable<Members>();
  readonly #backends: RouteBackends;
  readonly #refused: RefusedMembers;
  readonly #invalidate: DirectoryOptions['invalidate'];
  readonly #ready = new Latch();
  /** The source is in trouble: who asks before the first read is not kept waiting for it. */
  readonly #trouble = new Latch();
  /** Patterns that changed, which the workers have not been told yet. */
  readonly #untold = new Set<string>();

  constructor(options: DirectoryOptions) {
    this.#backends = options.backends;
    this.#refused = options.refused;
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
    this.#lookAt(changed);
    this.#ready.open();
  }

  /** Take one route; without members it is gone. */
  change(pattern: string, members: Members): void {
    if (sameMembers(this.#table.get(pattern), members)) return;
    if (members.length === 0) this.#delete(pattern);
    else this.#table.set(pattern, members);
    this.#forget([pattern]);
    this.#lookAt([pattern]);
  }

  /** A DNS name has other addresses now: whoever uses it is built anew. */
  nameChanged(name: string): void {
    const users = this.#backends.patternsUsing(name);
    // Of what was not built no worker knows.
    this.#tellSoon(users.filter((pattern) => this.#backends.forget(pattern)));
  }

  /** Whoever still waits for the first read waits in vain. */
  giveUpWaiting(): void {
    this.#trouble.open();
  }

  /**
   * Give the answer, at once or when it is known. Every change it knows of has been told to the workers
   * by then, and none comes between: `give` is called in the same breath.
   */
  async answer(
    name: ServerName | null,
    protocol: Protocol,
    give: (answer: RouteAnswer) => void,
  ): Promise<void> {
    if (!this.ready) await this.#firstRead();
    for (;;) {
      const answer = this.#answerNow(name, protocol);
      if (!(answer instanceof Promise)) {
        this.#tell();
        return give(answer);
      }
      // While DNS answers the table may change: look again rather than answer with the past.
      await answer;
    }
  }

  close(): void {
    this.#refused.close();
  }

  #answerNow(name: ServerName | null, protocol: Protocol): RouteAnswer | Promise<void> {
    if (!this.ready) return { kind: 'unavailable' };
    const found = this.#table.lookup(name, protocol);
    if (found === null) return { kind: 'unknown' };
    const { pattern, match, value } = found;
    const backends = this.#backends.build(pattern, value, protocol);
    return backends instanceof Promise ? backends : { kind: 'route', pattern, match, backends };
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
    this.#refused.forget(pattern);
  }

  #forget(patterns: readonly string[]): void {
    for (const pattern of patterns) this.#backends.forget(pattern);
    this.#tellSoon(patterns);
  }

  // What a source changes in one go is one message.
  #tellSoon(patterns: readonly string[]): void {
    if (this.#untold.size === 0 && patterns.length > 0) queueMicrotask(() => this.#tell());
    for (const pattern of patterns) this.#untold.add(pattern);
  }

  #tell(): void {
    if (this.#untold.size === 0) return;
    const patterns = this.#untold.size > MAX_INVALIDATED ? null : [...this.#untold];
    this.#untold.clear();
    this.#invalidate(patterns);
  }

  #lookAt(patterns: readonly string[]): void {
    if (patterns.length > MAX_LOOKED_AT)
      return this.#refused.lookAtAll(this.#table[Symbol.iterator]());
    for (const pattern of patterns) {
      const members = this.#table.get(pattern);
      if (members !== undefined) this.#refused.look(pattern, members);
    }
  }
}

function sameMembers(before: Members | undefined, after: Members): boolean {
  if (before === undefined) return after.length === 0;
  if (before.length !== after.length) return false;
  const known = new Set(before);
  return after.every((member) => known.has(member));
}
