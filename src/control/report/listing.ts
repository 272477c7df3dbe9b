import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RouteFound } from '../../route/table.ts';
import type { RouteRecord } from '../sources/routes/route-record.ts';

/** A route as `sluice routes` prints it and `/api/v1/routes` answers with it. */
export interface ListedRoute extends RouteRecord {
  readonly pattern: string;
}

/** Some of the routes, in no order that means anything. */
export interface RoutesPage {
  readonly version: 1;
  readonly source: string;
  /** Of all routes. */
  readonly total: number;
  readonly routes: readonly ListedRoute[];
  /** What `after` is to be for the next page; `null` on the last one. */
  readonly next: string | null;
}

export type RouteIterator = Iterator<RouteFound<RouteRecord>, unknown, undefined>;

/** Routes on one page, and about how much text: both keep the main thread for a few milliseconds at most. */
export const MAX_PAGE = 1000;
const MAX_PAGE_CHARACTERS = 512 * 1024;
/** Lists that are being read page by page. More at once begin each page with a walk. */
const MAX_WALKS = 8;
/** Routes walked past before others have their turn: about a millisecond. */
const STEP = 10_000;

/**
 * Reads a table that goes on changing, page by page: a route that is there all the while comes once;
 * one that is deleted and comes back meanwhile may come again.
 */
export class RouteListing {
  readonly #start: () => RouteIterator;
  /** Where walks were left off, by the last pattern given. */
  readonly #walks = new Map<string, RouteIterator>();

  constructor(start: () => RouteIterator) {
    this.#start = start;
  }

  /** `null` where `after` is no route any more: the reader has to begin again. */
  async page(
    after: string | null,
    limit: number,
  ): Promise<Pick<RoutesPage, 'routes' | 'next'> | null> {
    const walk = after === null ? this.#start() : await this.#resume(after);
    if (walk === null) return null;
    const routes: ListedRoute[] = [];
    let characters = 0;
    while (routes.length < Math.min(limit, MAX_PAGE) && characters < MAX_PAGE_CHARACTERS) {
      const { value, done } = walk.next();
      if (done === true) return { routes, next: null };
      routes.push({ pattern: value.pattern, ...value.value });
      characters += sizeOf(value.value);
    }
    const next = routes.at(-1)!.pattern;
    this.#keep(next, walk);
    return { routes, next };
  }

  async #resume(after: string): Promise<RouteIterator | null> {
    const walk = this.#walks.get(after);
    this.#walks.delete(after);
    return walk ?? (await this.#walkTo(after));
  }

  async #walkTo(pattern: string): Promise<RouteIterator | null> {
    const walk = this.#start();
    for (let steps = 1; ; steps++) {
      const { value, done } = walk.next();
      if (done === true) return null;
      if (value.pattern === pattern) return walk;
      if (steps % STEP === 0) await nextTurn();
    }
  }

  // The oldest goes: its reader may have gone, too.
  #keep(pattern: string, walk: RouteIterator): void {
    this.#walks.set(pattern, walk);
    if (this.#walks.size <= MAX_WALKS) return;
    for (const [oldest] of this.#walks) {
      this.#walks.delete(oldest);
      return;
    }
  }
}

function sizeOf({ backends, draining, acme, options }: RouteRecord): number {
  let size = 0;
  for (const members of [backends, draining, acme, Object.values(options)]) {
    for (const { length } of members) size += length;
  }
  return size;
}
