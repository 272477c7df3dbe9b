import {
  EMPTY_MEMBERS,
  EMPTY_OPTIONS,
  EMPTY_RECORD,
  type RouteOptionTexts,
  type RoutePart,
  type RouteRecord,
} from './route-record.ts';

/** Backends of one set: more is a mistake, or an attack on whoever has to choose between them. */
export const MAX_MEMBERS = 256;
/** Longer than any backend can be written: a 253-byte name, a port and every option. */
export const MAX_MEMBER_BYTES = 512;
/** Options of one route: several times as many as there are. */
export const MAX_OPTIONS = 32;
/** A list of some 200 networks. */
export const MAX_OPTION_BYTES = 4096;

const NO_PROBLEMS: readonly string[] = [];
const MAX_OPTION_NAME = 64;
const MAX_KEY_SHOWN = 300;

/** What a source read of one route. A part that is not in `values` stays as it was. */
export interface Reading {
  readonly key: string;
  /** What the problems are about: they stand until the same is read again. `null` is the route as a whole. */
  readonly part: RoutePart | null;
  readonly values: Partial<RouteRecord>;
  readonly problems: readonly string[];
}

/** A route or a part of it as it was written, before its bounds are looked at. */
export interface RawRoute {
  readonly backends?: readonly string[];
  readonly draining?: readonly string[];
  readonly acme?: readonly string[];
  readonly options?: Iterable<readonly [name: string, value: string]>;
}

interface Bounded<T> {
  readonly value: T;
  readonly problems: readonly string[];
}

const NOUNS = {
  backends: ['a backend', 'backends'],
  draining: ['a draining backend', 'draining backends'],
  acme: ['an acme backend', 'acme backends'],
} as const;

/** A reading of a whole route: what is past the bounds is left out, and reported. */
export function readingOf(key: string, raw: RawRoute, problems: readonly string[] = []): Reading {
  const read = bound(raw);
  const values = { ...EMPTY_RECORD, ...read.value };
  return { key, part: null, values, problems: joined(problems, read.problems) };
}

/** A reading of one part of a route, which leaves the others as they are. */
export function partOf(
  key: string,
  part: RoutePart,
  raw: RawRoute,
  problems: readonly string[] = [],
): Reading {
  const read = bound(raw);
  return { key, part, values: read.value, problems: joined(problems, read.problems) };
}

/** A key that is no route, perhaps for a reason. It may be of any length: only its start is remembered. */
export function noRoute(
  key: string,
  part: RoutePart | null,
  ...problems: readonly string[]
): Reading {
  const shown = key.length > MAX_KEY_SHOWN ? `${key.slice(0, MAX_KEY_SHOWN)}…` : key;
  const values = part === null ? EMPTY_RECORD : { [part]: EMPTY_RECORD[part] };
  return { key: shown, part, values, problems };
}

function joined(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.length + b.length === 0 ? NO_PROBLEMS : [...a, ...b];
}

function bound({ backends, draining, acme, options }: RawRoute): Bounded<Partial<RouteRecord>> {
  const value: { -readonly [K in keyof RouteRecord]?: RouteRecord[K] } = {};
  const problems: string[] = [];
  const take = (part: keyof typeof NOUNS, members: readonly string[] | undefined) => {
    if (members === undefined) return;
    const bounded = boundMembers(part, members);
    value[part] = bounded.value;
    problems.push(...bounded.problems);
  };
  take('backends', backends);
  take('draining', draining);
  take('acme', acme);
  if (options !== undefined) {
    const bounded = boundOptions(options);
    value.options = bounded.value;
    problems.push(...bounded.problems);
  }
  return { value, problems };
}

function boundMembers(
  part: keyof typeof NOUNS,
  members: readonly string[],
): Bounded<readonly string[]> {
  if (members.length === 0) return { value: EMPTY_MEMBERS, problems: NO_PROBLEMS };
  // All but a few of a million are as they should be.
  if (members.length <= MAX_MEMBERS && members.every(isShortMember) && areDistinct(members))
    return { value: members, problems: NO_PROBLEMS };
  const short = members.filter(isShortMember);
  const distinct = [...new Set(short)];
  const [one, many] = NOUNS[part];
  const problems: string[] = [];
  if (short.length < members.length) problems.push(`has ${one} of over ${MAX_MEMBER_BYTES} bytes`);
  if (distinct.length > MAX_MEMBERS) problems.push(`has more than ${MAX_MEMBERS} ${many}`);
  return { value: distinct.slice(0, MAX_MEMBERS), problems };
}

function boundOptions(options: Iterable<readonly [string, string]>): Bounded<RouteOptionTexts> {
  const all = [...options];
  if (all.length === 0) return { value: EMPTY_OPTIONS, problems: [] };
  const short = all.filter(([name, value]) => isShortOption(name, value));
  const problems: string[] = [];
  if (short.length < all.length) problems.push(`has an option of over ${MAX_OPTION_BYTES} bytes`);
  if (short.length > MAX_OPTIONS) problems.push(`has more than ${MAX_OPTIONS} options`);
  return { value: Object.fromEntries(short.slice(0, MAX_OPTIONS)), problems };
}

function isShortMember(member: string): boolean {
  // No character takes more than three bytes for each of its code units.
  return 3 * member.length <= MAX_MEMBER_BYTES || Buffer.byteLength(member) <= MAX_MEMBER_BYTES;
}

function areDistinct(members: readonly string[]): boolean {
  return members.length === 1 || new Set(members).size === members.length;
}

function isShortOption(name: string, value: string): boolean {
  return name.length <= MAX_OPTION_NAME && Buffer.byteLength(value) <= MAX_OPTION_BYTES;
}
