/** Routes held at most, whoever writes them. What comes beyond is refused and reported. */
export const MAX_ROUTES = 1_000_000;
/** Backends of one route: more is a mistake, or an attack on whoever has to choose between them. */
export const MAX_MEMBERS = 256;
/** Longer than any backend can be written: a 253-byte name, a port and every option. */
export const MAX_MEMBER_BYTES = 512;

// Enough to find the cause of; a million complaints would only cost memory.
const MAX_PROBLEMS = 1000;
const MAX_KEY_SHOWN = 300;

/** What a source read at one key. Without members there is no route; problems may stand beside either. */
export interface Reading {
  readonly key: string;
  readonly members: readonly string[];
  readonly problems: readonly string[];
}

/** The routes of a source at one time, and what is wrong with some of its keys. */
export class Snapshot {
  readonly routes = new Map<string, readonly string[]>();
  readonly problems = new Map<string, string>();

  /** Take one reading; whether that changed the route. */
  add(reading: Reading): boolean {
    const { key, members, problems } = this.#withinBounds(reading);
    this.#note(key, problems);
    if (sameMembers(this.routes.get(key) ?? [], members)) return false;
    if (members.length === 0) this.routes.delete(key);
    else this.routes.set(key, members);
    return true;
  }

  /** The keys whose routes differ. */
  difference(other: Snapshot): string[] {
    const gone = [...this.routes.keys()].filter((key) => !other.routes.has(key));
    for (const [key, members] of other.routes) {
      if (!sameMembers(this.routes.get(key) ?? [], members)) gone.push(key);
    }
    return gone;
  }

  #withinBounds(reading: Reading): Reading {
    const { key } = reading;
    if (reading.members.length === 0 || this.routes.has(key)) return reading;
    if (this.routes.size < MAX_ROUTES) return reading;
    return { key, members: [], problems: [`is refused: there are ${MAX_ROUTES} routes already`] };
  }

  #note(key: string, problems: readonly string[]): void {
    if (problems.length === 0) this.problems.delete(key);
    else if (this.problems.size < MAX_PROBLEMS || this.problems.has(key)) {
      this.problems.set(key, problems.join('; '));
    }
  }
}

/** A reading of these members: those past the bounds are left out, and reported. */
export function readingOf(
  key: string,
  members: readonly string[],
  problems: readonly string[] = [],
): Reading {
  const short = members.filter((member) => Buffer.byteLength(member) <= MAX_MEMBER_BYTES);
  const kept = [...new Set(short)].slice(0, MAX_MEMBERS);
  const found = [...problems];
  if (short.length < members.length) found.push(`has a backend of over ${MAX_MEMBER_BYTES} bytes`);
  if (short.length > MAX_MEMBERS) found.push(`has more than ${MAX_MEMBERS} backends`);
  return { key, members: kept, problems: found };
}

/** A key that is no route, perhaps for a reason. It may be of any length: only its start is remembered. */
export function noRoute(key: string, ...problems: readonly string[]): Reading {
  const shown = key.length > MAX_KEY_SHOWN ? `${key.slice(0, MAX_KEY_SHOWN)}…` : key;
  return { key: shown, members: [], problems };
}

function sameMembers(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((member, i) => member === after[i]);
}
