import { readingOfKey, type RedisKeys } from '../../redis-keys.ts';
import { ROUTE_PARTS, type RouteRecord } from '../../routes/route-record.ts';
import { RouteSet } from '../../routes/route-set.ts';
import type { RedisLink } from '../link.ts';
import { readKeys } from '../read-keys.ts';

/** A route that changes all the time is told as it was when it was read for the last time. */
const MAX_TRIES = 5;

export interface AskedParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  /** When a key expires; `null` when it does not. */
  readonly onTtl: (name: string, ttlMs: number | null) => void;
}

type Routes = ReadonlyMap<string, RouteRecord>;

export interface AskedRoutes {
  /** Patterns that are not in it have no route. */
  readonly routes: Routes;
  readonly outdated: readonly string[];
}

/** One reading of some patterns, and which of them have changed since it was sent. */
export class AskedReading {
  readonly #parts: AskedParts;
  #changed = new Set<string>();
  #allChanged = false;

  constructor(parts: AskedParts) {
    this.#parts = parts;
  }

  /** These patterns were announced to have changed; `null` is all. */
  outdate(patterns: readonly string[] | null): void {
    if (patterns === null) this.#allChanged = true;
    else for (const pattern of patterns) this.#changed.add(pattern);
  }

  /**
   * Whatever changes while it is read is read again, so that what this gives was current a moment ago.
   * What is `outdated` has changed once more: whoever takes it has to forget it at once.
   */
  async read(patterns: readonly string[]): Promise<AskedRoutes> {
    const found = new Map<string, RouteRecord>();
    let pending = patterns;
    for (let left = MAX_TRIES; left > 0 && pending.length > 0; left--) {
      this.#changed = new Set();
      this.#allChanged = false;
      const routes = await this.#readOnce(pending);
      const isOld = (pattern: string) => this.#allChanged || this.#changed.has(pattern);
      for (const pattern of pending) found.delete(pattern);
      for (const [pattern, record] of routes) found.set(pattern, record);
      pending = pending.filter(isOld);
    }
    return { routes: found, outdated: pending };
  }

  async #readOnce(patterns: readonly string[]): Promise<Routes> {
    const { link, keys, onTtl } = this.#parts;
    const names = patterns.flatMap((host) =>
      ROUTE_PARTS.map((part) => ({ host, part, name: keys.nameOf({ host, part }) })),
    );
    const routes = new RouteSet();
    for await (const batch of readKeys(link.data, names, true, link.sharded)) {
      for (const [key, read] of batch) {
        onTtl(key.name, read.ttlMs);
        routes.add(readingOfKey(key, read));
      }
    }
    // Announcements come over the other connection: a flush that this came after has been told by then.
    await link.barrier();
    return routes.routes;
  }
}
