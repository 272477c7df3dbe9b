import { canonicalIp } from '../address.ts';
import type { Protocol } from '../protocol.ts';
import { parseServerName, type ServerName } from '../server-name.ts';

/** What a route is keyed by. `text` is its one spelling: in Redis, in route files, in logs and metrics. */
export type Pattern =
  | { readonly kind: 'exact'; readonly text: ServerName }
  | { readonly kind: 'wildcard'; readonly text: string; readonly suffix: ServerName }
  | { readonly kind: 'default'; readonly text: string; readonly protocol: Protocol };

/** `reason` continues a sentence that starts with the text: `is empty`. */
export type ParsedPattern = { readonly pattern: Pattern } | { readonly reason: string };

/** The pattern that answers for every name of a protocol that matches nothing else. */
export const DEFAULT_PATTERNS: Readonly<Record<Protocol, string>> = {
  tls: 'httpsDefault',
  http: 'httpDefault',
};

const PROTOCOLS = Object.keys(DEFAULT_PATTERNS) as readonly Protocol[];

/** Most of a million: a name or wildcard of which only the lengths remain to be looked at. */
const ORDINARY = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z][a-z0-9_-]*$/;

type Complaint = readonly [wrong: (text: string) => boolean, reason: string];

// In the order in which they help most: the first that applies is the one reported.
const COMPLAINTS: readonly Complaint[] = [
  [(text) => text === '', 'is empty'],
  [(text) => /[\s\p{Cc}]/u.test(text), 'has a space or a control character'],
  [(text) => /[^ -~]/.test(text), 'is not ASCII: write the name in its xn-- form'],
  [isAddress, 'is an address, not a name'],
  [(text) => text.includes('/'), 'has a scheme or a path: a route is a name alone'],
  [(text) => text.includes(':'), 'has a port: a route is a name alone'],
  [
    (text) => text === '*',
    'is too wide: httpsDefault and httpDefault match what nothing else does',
  ],
  [(text) => text.lastIndexOf('*') > 0, 'has a `*` that is not the whole first label'],
  [(text) => /^\*(?!\.)/.test(text), 'has a `*` that is not the whole first label'],
  [(text) => text.endsWith('.'), 'ends in a dot'],
  [(text) => defaultSpelling(text) !== undefined, 'is spelled httpsDefault or httpDefault'],
  [(text) => /[A-Z]/.test(text), 'has upper case: names are looked up in lower case'],
  [(text) => /^\.|\.\./.test(text), 'has an empty label'],
  [(text) => text.length > 253, 'is longer than 253 characters'],
  [
    (text) => text.split('.').some((label) => label.length > 63),
    'has a label of over 63 characters',
  ],
  [(text) => /[^a-z0-9_.*-]/.test(text), 'has other characters than a-z, 0-9, `-` and `_`'],
];

/** Parse a pattern as an operator wrote it: an exact lower-case name, `*.suffix`, or a default. */
export function parsePattern(text: string): ParsedPattern {
  const protocol = PROTOCOLS.find((known) => DEFAULT_PATTERNS[known] === text);
  if (protocol !== undefined) return { pattern: { kind: 'default', text, protocol } };
  const ordinary = ORDINARY.test(text) ? parseOrdinary(text) : null;
  if (ordinary !== null) return ordinary;
  const complaint = COMPLAINTS.find(([wrong]) => wrong(text));
  if (complaint !== undefined) return { reason: complaint[1] };
  return text.startsWith('*.') ? parseWildcard(text) : parseExact(text);
}

function parseOrdinary(text: string): ParsedPattern | null {
  const isWildcard = text.startsWith('*.');
  const name = text.length > 253 ? null : parseServerName(isWildcard ? text.slice(2) : text);
  if (name === null) return null;
  return isWildcard
    ? { pattern: { kind: 'wildcard', text, suffix: name } }
    : { pattern: { kind: 'exact', text: name } };
}

function parseExact(text: string): ParsedPattern {
  const name = parseServerName(text);
  if (name === null) return { reason: 'ends in a number, as only an address does' };
  return { pattern: { kind: 'exact', text: name } };
}

function parseWildcard(text: string): ParsedPattern {
  const suffix = parseServerName(text.slice(2));
  if (suffix === null) return { reason: 'ends in a number, as only an address does' };
  return { pattern: { kind: 'wildcard', text, suffix } };
}

function isAddress(text: string): boolean {
  return canonicalIp(text.replace(/^\[(.*)\]$/, '$1')) !== null;
}

function defaultSpelling(text: string): string | undefined {
  return Object.values(DEFAULT_PATTERNS).find((name) => name.toLowerCase() === text.toLowerCase());
}
