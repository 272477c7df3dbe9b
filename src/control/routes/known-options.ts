import { NO_OPTIONS, type RouteOptions } from '../../session/route.ts';
import { sameOptions, type RouteOptionTexts } from '../sources/routes/route-record.ts';
import type { OnRefused } from './members/route-members.ts';
import { readRouteOptions } from './route-options.ts';

interface Known {
  readonly given: RouteOptionTexts;
  readonly options: RouteOptions;
  readonly refused: number;
}

/** The options in force of every route that has any: the last good value of each. */
export class KnownOptions {
  readonly #onRefused: OnRefused;
  readonly #known = new Map<string, Known>();
  #refused = 0;

  /** `onRefused` is told `option NAME: VALUE` once for each time a route is read anew. */
  constructor(onRefused: OnRefused) {
    this.#onRefused = onRefused;
  }

  /** Options that are refused now, of all routes. */
  get refused(): number {
    return this.#refused;
  }

  /** The options of a route that says this now: read at the first time, known from then on. */
  take(pattern: string, given: RouteOptionTexts): RouteOptions {
    const known = this.#known.get(pattern);
    if (known !== undefined && sameOptions(known.given, given)) return known.options;
    if (Object.keys(given).length === 0) {
      this.forget(pattern);
      return NO_OPTIONS;
    }
    const { options, complaints } = readRouteOptions(given, known?.options ?? null);
    this.#refused += complaints.length - (known?.refused ?? 0);
    this.#known.set(pattern, { given, options, refused: complaints.length });
    for (const { name, reason } of complaints)
      this.#onRefused(pattern, `option ${name}: ${given[name] ?? ''}`, reason);
    return options;
  }

  /** The route went, and with it what was good. */
  forget(pattern: string): void {
    this.#refused -= this.#known.get(pattern)?.refused ?? 0;
    this.#known.delete(pattern);
  }
}
