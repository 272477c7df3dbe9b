/** A route as the operator wrote it. A route exists when any of its keys does. */
export interface RouteRecord {
  readonly backends: readonly string[];
  /** Members that take no new session and keep their old ones. */
  readonly draining: readonly string[];
  /** Where ALPN `acme-tls/1` goes; empty: where the host goes. */
  readonly acme: readonly string[];
  /** Option name → value, unvalidated. */
  readonly options: Readonly<Record<string, string>>;
}

/** The parts of a route, each of which is a key in Redis. */
export type RoutePart = keyof RouteRecord;
export const ROUTE_PARTS: readonly RoutePart[] = ['backends', 'draining', 'acme', 'options'];
export type RouteOptionTexts = RouteRecord['options'];

/** What is absent, the same for all: a million routes are held. */
export const EMPTY_MEMBERS: readonly string[] = Object.freeze([]);
/** Likewise for options. */
export const EMPTY_OPTIONS: RouteOptionTexts = Object.freeze({});
/** A route with nothing in it: there is none. */
export const EMPTY_RECORD: RouteRecord = Object.freeze({
  backends: EMPTY_MEMBERS,
  draining: EMPTY_MEMBERS,
  acme: EMPTY_MEMBERS,
  options: EMPTY_OPTIONS,
});

/** Whether there is nothing in a record: then there is no route. */
export function isEmptyRecord({ backends, draining, acme, options }: RouteRecord): boolean {
  const members = backends.length + draining.length + acme.length;
  return members === 0 && Object.keys(options).length === 0;
}

/** Whether two records say the same, in the same order. */
export function sameRecord(a: RouteRecord, b: RouteRecord): boolean {
  return (
    a === b ||
    (sameMembers(a.backends, b.backends) &&
      sameMembers(a.draining, b.draining) &&
      sameMembers(a.acme, b.acme) &&
      sameOptions(a.options, b.options))
  );
}

/** Whether two records say the same: sets have no order. */
export function equalRecords(a: RouteRecord, b: RouteRecord): boolean {
  return (
    a === b ||
    (equalMembers(a.backends, b.backends) &&
      equalMembers(a.draining, b.draining) &&
      equalMembers(a.acme, b.acme) &&
      sameOptions(a.options, b.options))
  );
}

/** Whether two lists hold the same texts, in the same order. */
export function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((member, i) => member === b[i]));
}

/** Whether two sets of options say the same. */
export function sameOptions(a: RouteOptionTexts, b: RouteOptionTexts): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
  );
}

function equalMembers(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  const known = new Set(a);
  return b.every((member) => known.has(member));
}
