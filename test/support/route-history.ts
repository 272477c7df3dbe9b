/** Redis and we round its times to whole milliseconds in our own ways. */
const EXPIRY_SLACK_MS = 5;

/** What Redis has at the keys of one route, and in how many milliseconds each is gone; `null` is never. */
export interface SeenRoute {
  readonly backends: SeenPart<readonly string[]>;
  readonly draining: SeenPart<readonly string[]>;
  /** The value of `deny`, `''` for options without it, `null` for no options. */
  readonly deny: SeenPart<string | null>;
}

export interface SeenPart<T> {
  readonly value: T;
  readonly ttlMs: number | null;
}

/** A time at which the route was perhaps so, and what a session may have come to then. */
interface Span {
  readonly from: number;
  readonly until: number;
  readonly outcomes: ReadonlySet<string>;
}

const NO_ROUTE = 'alert 112';
const NO_BACKEND = 'alert 80';
const DENIED = 'alert 49';

/** What one route was at any time, on the clock of `performance.now()`: who changes it notes every change. */
export class RouteHistory {
  readonly #nameOf: ReadonlyMap<string, string>;
  #spans: Span[] = [{ from: -Infinity, until: Infinity, outcomes: new Set([NO_ROUTE]) }];

  /** `nameOf`: what the backend of each address answers. */
  constructor(nameOf: ReadonlyMap<string, string>) {
    this.#nameOf = nameOf;
  }

  /** It became so at some time between `sent` and `answered`. */
  note(seen: SeenRoute, sent: number, answered: number): void {
    this.#spans = this.#spans
      .filter(({ from }) => from <= answered)
      .map((span) => ({ ...span, until: Math.min(span.until, answered) }));
    let from = sent;
    for (let now = seen; ;) {
      const ttlMs = nextExpiry(now);
      const until = ttlMs === null ? Infinity : answered + ttlMs + EXPIRY_SLACK_MS;
      this.#spans.push({ from, until, outcomes: this.#outcomes(now) });
      if (ttlMs === null) return;
      from = sent + ttlMs - EXPIRY_SLACK_MS;
      now = withoutExpired(now, ttlMs);
    }
  }

  /** How long before `start` the outcome was last possible: 0 for up to `end`, `Infinity` for never. */
  ageOf(outcome: string, start: number, end: number): number {
    const untils = this.#spans
      .filter(({ from, outcomes }) => from <= end && outcomes.has(outcome))
      .map(({ until }) => until);
    return Math.max(0, start - Math.max(-Infinity, ...untils));
  }

  /** How long before `start` it had changed last; 0 when it did so before `end`. */
  quietBefore(start: number, end: number): number {
    const changes = this.#spans.map(({ from }) => from).filter((from) => from <= end);
    return Math.max(0, start - Math.max(-Infinity, ...changes));
  }

  /** What it came to around then, to be read by people. */
  tell(start: number, end: number): string {
    const near = this.#spans.filter(({ from, until }) => until > start - 3000 && from < end);
    const shown = near.map(({ from, until, outcomes }) => {
      const times = [from, until].map((time) => (time - start).toFixed(1));
      return `  ${times.join('..')}: ${[...outcomes].join(' ')}`;
    });
    return shown.join('\n');
  }

  #outcomes({ backends, draining, deny }: SeenRoute): ReadonlySet<string> {
    const members = backends.value.length + draining.value.length;
    if (members === 0 && deny.value === null) return new Set([NO_ROUTE]);
    if (deny.value !== null && deny.value !== '') return new Set([DENIED]);
    const candidates = backends.value.filter((member) => !draining.value.includes(member));
    if (candidates.length === 0) return new Set([NO_BACKEND]);
    return new Set(candidates.map((member) => this.#nameOf.get(member)!));
  }
}

function nextExpiry({ backends, draining, deny }: SeenRoute): number | null {
  const ttls = [backends, draining, deny].flatMap(({ ttlMs }) => (ttlMs === null ? [] : [ttlMs]));
  return ttls.length === 0 ? null : Math.min(...ttls);
}

function withoutExpired({ backends, draining, deny }: SeenRoute, afterMs: number): SeenRoute {
  return {
    backends: expired(backends, afterMs, []),
    draining: expired(draining, afterMs, []),
    deny: expired(deny, afterMs, null),
  };
}

function expired<T>(part: SeenPart<T>, afterMs: number, gone: T): SeenPart<T> {
  const isGone = part.ttlMs !== null && part.ttlMs <= afterMs;
  return isGone ? { value: gone, ttlMs: null } : part;
}
