import { History } from './history.ts';
import { failureRow, makeOverview, type OverviewParts } from './make-overview.ts';
import type { Overview } from './overview.ts';
import { Totals } from './totals.ts';

const EVERY_MS = 1000;
/** A timer is late rather than early; a moment less, and every tick makes a new one. */
const FRESH_MS = 900;

/** Who watches: false where it is slow, and what was written is lost to it, whole. */
export interface Watcher {
  write(text: string): boolean;
}

export interface LiveParts extends OverviewParts {
  /** Hear of failed sessions as they end, as lines of JSON, until what it gives back is called. */
  onFailures(listener: (lines: string) => void): () => void;
}

/** The overview of a running edge: made at most once a second for all who ask, and only for those. */
export class LiveOverview implements Disposable {
  readonly #parts: LiveParts;
  readonly #totals: Totals;
  readonly #history: History;
  readonly #timer: NodeJS.Timeout;
  /** Who watches, and the overview each was told last. */
  readonly #watchers = new Map<Watcher, Overview | null>();
  #made: { readonly overview: Promise<Overview>; readonly at: number } | null = null;
  #isMaking = false;
  #stopListening: (() => void) | null = null;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#totals = new Totals(parts.layout, parts.cells);
    this.#history = new History(this.#totals);
    this.#history.sample(performance.now());
    this.#timer = setInterval(() => this.#tick(), EVERY_MS).unref();
  }

  /** No more than a second old, or the one that is being made. */
  read(): Promise<Overview> {
    const now = performance.now();
    if (this.#made === null || (!this.#isMaking && now - this.#made.at >= FRESH_MS)) {
      this.#made = { overview: this.#make(), at: now };
    }
    return this.#made.overview;
  }

  /**
   * Server-sent events until what it gives back is called: `overview` at once and each second, `failure` as
   * sessions fail. Each has JSON for data.
   */
  watch(watcher: Watcher): () => void {
    this.#watchers.set(watcher, null);
    this.#stopListening ??= this.#parts.onFailures((lines) => this.#tellFailures(lines));
    void this.read().then((overview) => this.#tellOverview(overview, [watcher]), ignore);
    return () => this.#leave(watcher);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const watcher of this.#watchers.keys()) this.#leave(watcher);
  }

  async #make(): Promise<Overview> {
    this.#isMaking = true;
    try {
      return await makeOverview(this.#parts, this.#totals, this.#history);
    } catch (error) {
      // Whoever asks next begins anew.
      this.#made = null;
      throw error;
    } finally {
      this.#isMaking = false;
    }
  }

  #leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = null;
  }

  #tick(): void {
    this.#history.sample(performance.now());
    if (this.#watchers.size === 0) return;
    void this.read().then(
      (overview) => this.#tellOverview(overview, this.#watchers.keys()),
      ignore,
    );
  }

  // Whoever came while it was made, or waits for it since a tick or two, is told once.
  #tellOverview(overview: Overview, watchers: Iterable<Watcher>): void {
    let text: string | null = null;
    for (const watcher of watchers) {
      const last = this.#watchers.get(watcher);
      if (last === undefined || last === overview) continue;
      this.#watchers.set(watcher, overview);
      text ??= serverSent('overview', overview);
      watcher.write(text);
    }
  }

  #tellFailures(lines: string): void {
    const rows = lines.split('\n').flatMap(failureRow);
    this.#tell(rows.map((row) => serverSent('failure', row)).join(''));
  }

  #tell(text: string): void {
    if (text !== '') for (const watcher of this.#watchers.keys()) watcher.write(text);
  }
}

function serverSent(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

// The next second tries again, and whoever asks for the page is told why.
function ignore(): void {}
