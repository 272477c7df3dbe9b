/** Complaints about one route that are logged, and the routes they are remembered of; the metrics count all. */
const MAX_COMPLAINTS = 16;
const MAX_ROUTES = 1000;
/** A trouble not seen for so long is over. */
const QUIET_MS = 10_000;

/** Which complaints about routes are new: each is said once, until its route changes. */
export class ComplaintLog {
  /** Route → what was said of it, in the order of the routes' first complaints. */
  readonly #said = new Map<string, Set<string>>();

  /** Whether this is new. Of one route the first few are, and the rest is not said. */
  first(route: string, complaint: string): boolean {
    const said = this.#said.get(route) ?? this.#open(route);
    if (said.has(complaint) || said.size >= MAX_COMPLAINTS) return false;
    said.add(complaint);
    return true;
  }

  /** The route changed; `null` is all of them. */
  forget(route: string | null): void {
    if (route === null) this.#said.clear();
    else this.#said.delete(route);
  }

  // Of too many routes the oldest is forgotten: it may repeat itself, which is better than silence.
  #open(route: string): Set<string> {
    const [oldest] = this.#said.keys();
    if (oldest !== undefined && this.#said.size >= MAX_ROUTES) this.#said.delete(oldest);
    const said = new Set<string>();
    this.#said.set(route, said);
    return said;
  }
}

/** Tells the beginning of a trouble from its going on. Its names come from a closed set. */
export class Episodes {
  readonly #lastSeen = new Map<string, number>();

  /** Whether this trouble was away for a while before `now`, in milliseconds. */
  begins(trouble: string, now: number): boolean {
    const last = this.#lastSeen.get(trouble);
    this.#lastSeen.set(trouble, now);
    return last === undefined || now - last >= QUIET_MS;
  }
}
