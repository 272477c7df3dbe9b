import { parsePattern } from '../../../route/pattern.ts';
import { parseServerName } from '../../../server-name.ts';
import {
  EMPTY_MEMBERS,
  EMPTY_OPTIONS,
  isEmptyRecord,
  type RouteRecord,
} from '../routes/route-record.ts';
import { MAX_MEMBER_BYTES, MAX_MEMBERS, MAX_OPTION_BYTES, MAX_OPTIONS } from '../routes/reading.ts';

/** A route as a file has it: `[pattern, backends, draining, acme, options]`, short of what is empty at its end. */
export type Row = readonly unknown[];
export type RouteEntry = readonly [pattern: string, record: RouteRecord];

export function rowOf(pattern: string, { backends, draining, acme, options }: RouteRecord): Row {
  if (Object.keys(options).length > 0) return [pattern, backends, draining, acme, options];
  if (acme.length > 0) return [pattern, backends, draining, acme];
  return draining.length > 0 ? [pattern, backends, draining] : [pattern, backends];
}

/** The route in a row; `null` when it is beyond the bounds that hold for every source, or no row. */
export function entryOf(row: unknown): RouteEntry | null {
  if (!Array.isArray(row)) return null;
  const [pattern, ...rest] = row as unknown[];
  if (typeof pattern !== 'string' || !isPattern(pattern)) return null;
  const record = recordOf(rest);
  return record === null || isEmptyRecord(record) ? null : [pattern, record];
}

/** The pattern of a row, whatever else is in it. */
export function patternOf(row: unknown): unknown {
  return Array.isArray(row) ? (row as unknown[])[0] : null;
}

// A name with a dot is a pattern whenever it is a server name, and that is found out ten times as fast.
function isPattern(text: string): boolean {
  if (text.includes('.') && parseServerName(text) === text) return true;
  return 'pattern' in parsePattern(text);
}

function recordOf(parts: unknown[]): RouteRecord | null {
  const [backends, draining = [], acme = [], options = {}] = parts;
  if (!areMembers(backends) || !areMembers(draining) || !areMembers(acme)) return null;
  if (!areOptions(options)) return null;
  return {
    backends: shared(backends),
    draining: shared(draining),
    acme: shared(acme),
    options: Object.keys(options).length === 0 ? EMPTY_OPTIONS : options,
  };
}

function shared(members: readonly string[]): readonly string[] {
  return members.length === 0 ? EMPTY_MEMBERS : members;
}

function areMembers(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_MEMBERS &&
    value.every((member) => isText(member, MAX_MEMBER_BYTES))
  );
}

function areOptions(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const values = Object.values(value);
  return values.length <= MAX_OPTIONS && values.every((one) => isText(one, MAX_OPTION_BYTES));
}

function isText(value: unknown, maxBytes: number): boolean {
  return typeof value === 'string' && Buffer.byteLength(value) <= maxBytes;
}
