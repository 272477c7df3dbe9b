import type { Protocol } from '../../protocol.ts';
import { RouteTable, type RouteFound, type RouteMatch } from '../../route/table.ts';
import type { ServerName } from '../../server-name.ts';
import type { RouteAnswer } from '../../worker/messages.ts';
import { EMPTY_RECORD, equalRecords, type RouteRecord } from '../sources/routes/route-record.ts';
import type { KnownOptions } from './known-options.ts';
import { FirstRead } from './on-demand/first-read.ts';
import { HeldRoutes, type OnDemandCounts } from './on-demand/held-routes.ts';
import type { ReadPatterns } from './on-demand/reads.ts';
import type { RouteBackends } from './route-backends.ts';
import { Departures } from './members/departures.ts';
import type { RemovedMembers } from './members/removed-members.ts';
import type { RefusedMembers } from './members/route-members.ts';
import { Replacing } from './turns/replacing.ts';
import { Sweep } from './turns/sweep.ts';
import { Untold } from './turns/untold.ts';

/** More changed routes than this at once are looked at a few at a time. */
const MAX_LOOKED_AT = 1000;
/** As many routes as are held when there are too many for a whole table, unless it is said otherwise. */
const MAX_HELD = 1_000_000;

export interface DirectoryOptions {
  readonly backends: RouteBackends;
  readonly refused: RefusedMembers;
  readonly options: KnownOptions;
  /** Read routes ahead of the whole table, or instead of it. */
  readonly read?: ReadPatterns;
  /** Held at most when there is no whole table. */
  readonly maxRoutes?: number;
  /** A name that has no route here may have one all the same, so that nobody can say it is unknown. */
  readonly mayLackRoutes?: () => boolean;
  /** Tell every worker to forget what these patterns answered; `null` is all of them. */
  readonly invalidate: (patterns: readonly string[] | null) => void;
  /** Notices members that leave. */
  readonly removed?: RemovedMembers;
}

/** Every route is here, or those that were asked for. */
export type TableMode = 'whole' | 'on-demand';

/** The truth about routes: filled by a source, asked by the workers. */
export class Directory {
  readonly #table = new RouteTable<RouteRecord>();
  readonly #backends: RouteBackends;
  readonly #refused: RefusedMembers;
  readonly #options: KnownOptions;
  readonly #sweep = new Sweep<RouteFound<RouteRecord>>((found) => this.#look(found));
  readonly #replacing: Replacing;
  readonly #mayLackRoutes: () => boolean;
  readonly #departures: Departures | null;
  readonly #first = new FirstRead();
  readonly #held: HeldRoutes;
  #mode: TableMode = 'whole';
  readonly #untold: Untold;

  constructor(options: DirectoryOptions) {
    this.#backends = options.backends;
    this.#refused = options.refused;
    this.#options = options.options;
    this.#untold = new Untold(options.invalidate);
    this.#mayLackRoutes = options.mayLackRoutes ?? (() => false);
    this.#replacing = new Replacing({
      table: this.#table,
      set: (pattern, record) => this.#set(pattern, record),
      remove: (pattern) => this.#delete(pattern),
    });
    const { read = noRead, maxRoutes = MAX_HELD } = options;
    this.#held = new HeldRoutes({
      read,
      table: this.#table,
      max: maxRoutes,
      isComplete: () => this.#isComplete,
      drop: (pattern) => this.#drop(pattern),
      learn: (pattern, record) => this.#learned(pattern, record),
      change: (pattern, record) => this.change(pattern, record),
    });
    this.#departures = this.#watchDepartures(options);
  }

  /** Routes have been read at least once: an unknown name is known to be unknown. */
  get ready(): boolean {
    return this.#first.done.isOpen;
  }

  /** Resolves when routes have been read for the first time. */
  get whenReady(): Promise<void> {
    return this.#first.done.opened;
  }

  get mode(): TableMode {
    return this.#mode;
  }

  get onDemand(): OnDemandCounts {
    return this.#held.onDemand;
  }

  /** Routes by kind of pattern. */
  counts(): Readonly<Record<RouteMatch, number>> {
    return this.#table.counts;
  }

  /** The routes known, as their source has them. They go on changing. */
  [Symbol.iterator](): Generator<RouteFound<RouteRecord>, void> {
    return this.#table[Symbol.iterator]();
  }

  /** What stands at exactly this pattern. */
  record(pattern: string): RouteRecord | null {
    return this.#table.get(pattern) ?? null;
  }

  /** What answers for a name, as far as it is held here. */
  patternOf(name: string): string {
    return this.#table.lookup(name, 'tls')?.pattern ?? '';
  }

  /**
   * Take the whole table, a large one a little at a time: each change of the map is to be told, and what
   * is told meanwhile is newer than the map. Only what differs is forgotten by the workers.
   */
  replace(all: ReadonlyMap<string, RouteRecord>): void {
    this.#held.clear();
    this.#replacing.run(all, (changed) => {
      // Until now a name that was not here yet was read.
      this.#mode = 'whole';
      // Those asked for meanwhile.
      this.#held.clear();
      this.#departures?.settle();
      this.#untold.add(changed);
      this.#lookAt(changed);
      this.#first.done.open();
    });
  }

  /** There are too many routes to hold, or still are: from now on they are read as they are asked for. */
  tooMany(): void {
    const isHeld = this.#mode === 'on-demand' && !this.#replacing.isRunning;
    this.#untold.add(this.#replacing.stop());
    if (!isHeld) for (const pattern of this.#table.keys()) this.#held.hold(pattern);
    this.#mode = 'on-demand';
    this.#first.done.open();
    void this.#held.lookAgain();
  }

  /** What was read of these is not current any more; `null` is all of them. */
  outdated(patterns: readonly string[] | null): void {
    if (this.#isComplete) return;
    const known = patterns ?? [...this.#table.keys()];
    if (patterns === null) this.#held.clear();
    for (const pattern of known) {
      this.#departures?.outdated(pattern);
      this.#held.outdate(pattern);
      this.#table.delete(pattern);
    }
    // Of others too: whatever is new may be a better answer than the one a worker has.
    this.#forget(known);
  }

  /** Take one route; `null` when it is gone. */
  change(pattern: string, record: RouteRecord | null): void {
    this.#replacing.note(pattern);
    if (equalRecords(this.record(pattern) ?? EMPTY_RECORD, record ?? EMPTY_RECORD)) return;
    if (record === null) this.#delete(pattern);
    else this.#set(pattern, record);
    this.#forget([pattern]);
    this.#lookAt([pattern]);
  }

  /** A DNS name has other addresses now: whoever uses it is built anew. */
  nameChanged(name: string): void {
    const users = this.#backends.patternsUsing(name);
    // Of what was not built no worker knows.
    this.#untold.add(users.filter((pattern) => this.#backends.forget(pattern)));
  }

  /** Whoever still waits for the first read waits in vain. */
  giveUpWaiting(): void {
    this.#first.trouble.open();
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
    for (;;) {
      if (!this.#knows(name, protocol) && !(await this.#learn(name, protocol)))
        return give({ kind: 'unavailable' });
      const answer = this.#answerNow(name, protocol);
      if (!(answer instanceof Promise)) {
        this.#untold.flush();
        return give(answer);
      }
      // While DNS answers the table may change: look again rather than answer with the past.
      await answer;
    }
  }

  close(): void {
    this.#sweep.stop();
    this.#departures?.close();
    this.#replacing.stop();
    this.#held.close();
  }

  #watchDepartures({ removed, options }: DirectoryOptions): Departures | null {
    if (removed === undefined) return null;
    const reread = (patterns: readonly string[]) => this.#held.reread(patterns);
    return new Departures({ table: this.#table, options, removed, reread });
  }

  #answerNow(name: ServerName | null, protocol: Protocol): RouteAnswer | Promise<void> {
    const found = this.#table.lookup(name, protocol);
    if (found === null) return { kind: this.#mayLack ? 'unavailable' : 'unknown' };
    const { pattern, match, value: record } = found;
    const options = this.#options.take(pattern, record.options);
    const built = this.#backends.build({ pattern, record, options, asked: name }, protocol);
    return built instanceof Promise ? built : { kind: 'route', pattern, match, options, ...built };
  }

  get #isComplete(): boolean {
    return this.ready && this.#mode === 'whole';
  }

  // Of a table that is being replaced some routes are not here yet.
  get #mayLack(): boolean {
    return this.#mayLackRoutes() || (this.#isComplete && this.#replacing.isRunning);
  }

  #knows(name: ServerName | null, protocol: Protocol): boolean {
    return this.#held.knows(name, protocol);
  }

  async #learn(name: ServerName | null, protocol: Protocol): Promise<boolean> {
    const learn = () => this.#held.learn(name, protocol);
    const isLearnt = this.ready ? (await learn()) === 'read' : await this.#first.ahead(learn);
    return isLearnt && this.#knows(name, protocol);
  }

  // What is read for the first time no worker knows of.
  #learned(pattern: string, record: RouteRecord | null): void {
    if (record === null) return this.#delete(pattern);
    this.#set(pattern, record);
    this.#look({ pattern, value: record });
  }

  #drop(pattern: string): void {
    // Of what was not built no worker knows.
    if (this.#backends.forget(pattern)) this.#untold.add([pattern]);
    // It may well be there still: its sessions are nobody's to end.
    this.#erase(pattern);
  }

  #set(pattern: string, record: RouteRecord): void {
    this.#departures?.compare(pattern, record);
    this.#table.set(pattern, record);
    this.#backends.forget(pattern);
  }

  #delete(pattern: string): void {
    this.#departures?.compare(pattern, null);
    this.#erase(pattern);
  }

  #erase(pattern: string): void {
    this.#table.delete(pattern);
    this.#backends.remove(pattern);
    this.#refused.forget(pattern);
    this.#options.forget(pattern);
  }

  #forget(patterns: readonly string[]): void {
    for (const pattern of patterns) this.#backends.forget(pattern);
    this.#untold.add(patterns);
  }

  #lookAt(patterns: readonly string[]): void {
    if (patterns.length > MAX_LOOKED_AT) return this.#sweep.start(this[Symbol.iterator]());
    for (const pattern of patterns) {
      const value = this.record(pattern);
      if (value !== null) this.#look({ pattern, value });
    }
  }

  #look({ pattern, value }: Pick<RouteFound<RouteRecord>, 'pattern' | 'value'>): void {
    this.#refused.look(pattern, value);
    this.#options.take(pattern, value.options);
  }
}

function noRead(): Promise<never> {
  return Promise.reject(new Error('routes are only told'));
}
