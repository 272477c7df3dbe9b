import { Snapshot, type Reading } from './snapshot.ts';
import type { RouteSink } from './source.ts';

/** More differences than this at once are told as a whole table. */
const MAX_CHANGES = 1000;

/** What a source has told its sink: so only differences are told, however often everything is read. */
export class Mirror {
  readonly #sink: RouteSink;
  #told = new Snapshot();
  #ready = false;

  constructor(sink: RouteSink) {
    this.#sink = sink;
  }

  /** Whether the sink has been told a whole table. */
  get ready(): boolean {
    return this.#ready;
  }

  get routes(): number {
    return this.#told.routes.size;
  }

  get badKeys(): number {
    return this.#told.problems.size;
  }

  /** One key was read again. Before the first `swap` there is nothing to change. */
  apply(reading: Reading): void {
    if (!this.#ready) return;
    const { key } = reading;
    const problem = this.#told.problems.get(key);
    if (this.#told.add(reading)) this.#sink.change(key, this.#told.routes.get(key) ?? []);
    this.#report(key, problem);
  }

  /** Everything was read. Tells what differs, and how many routes that were. The snapshot is ours now. */
  swap(snapshot: Snapshot): number {
    const before = this.#told;
    const changed = before.difference(snapshot);
    this.#told = snapshot;
    if (!this.#ready || changed.length > MAX_CHANGES) this.#sink.replace(snapshot.routes);
    else for (const key of changed) this.#sink.change(key, snapshot.routes.get(key) ?? []);
    this.#ready = true;
    for (const key of snapshot.problems.keys()) this.#report(key, before.problems.get(key));
    return changed.length;
  }

  #report(key: string, before: string | undefined): void {
    const problem = this.#told.problems.get(key);
    if (problem !== undefined && problem !== before) this.#sink.onProblem(key, problem);
  }
}
