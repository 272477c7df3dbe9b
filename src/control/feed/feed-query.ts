import { canonicalIp } from '../../address.ts';
import { parseCidr } from '../../cidr.ts';
import { parsePattern } from '../../route/pattern.ts';
import { parseServerName } from '../../server-name.ts';
import { TERMINATION_NAMES } from '../../termination.ts';
import { FAILED, type FeedFilter } from '../../worker/feed/feed-filter.ts';

/** Lines a second, where nobody says how many. */
const DEFAULT_RATE = 50;
const MAX_RATE = 1000;
// Longer than any id or address.
const MAX_TEXT_LENGTH = 256;

const WANTED: ReadonlySet<string> = new Set([FAILED, ...TERMINATION_NAMES]);

/** Why a part of a question is refused, worded to follow it. */
const REASONS = {
  host: 'is neither a name that a client can ask for nor a pattern of a route',
  termination: `is none of ${[...WANTED].join(', ')}`,
  client: 'is neither an address nor a block of addresses, as 192.0.2.0/24 is',
  backend: `is longer than ${MAX_TEXT_LENGTH} characters`,
  id: `is longer than ${MAX_TEXT_LENGTH} characters`,
  rate: `is not a whole number from 1 to ${MAX_RATE}`,
};

type Part = keyof typeof REASONS;

/** Which sessions a watcher asks for, or what is wrong with the question. */
export type FeedQuestion =
  | { readonly filter: FeedFilter; readonly perSecond: number }
  | { readonly part: Part; readonly reason: string };

/** Read `host`, `termination` (repeated), `client`, `backend`, `id` and `rate`; each may be left out. */
export function readFeedQuery(query: URLSearchParams): FeedQuestion {
  const read = <T>(part: Part, parse: (text: string) => T | null) => {
    const text = query.get(part);
    return text === null ? null : parse(text);
  };
  const asked = {
    host: read('host', readHost),
    termination: readTerminations(query.getAll('termination')),
    client: read('client', parseCidr),
    backend: read('backend', readBackend),
    id: read('id', readText),
    rate: read('rate', readRate),
  };
  const wrong = (Object.keys(REASONS) as Part[]).find((part) => {
    return query.has(part) && asked[part] === null;
  });
  if (wrong !== undefined) return { part: wrong, reason: REASONS[wrong] };
  const { termination, rate, ...filter } = asked;
  return {
    filter: { ...filter, terminations: termination ?? [] },
    perSecond: rate ?? DEFAULT_RATE,
  };
}

function readHost(text: string): string | null {
  const parsed = parsePattern(text);
  return 'pattern' in parsed ? parsed.pattern.text : parseServerName(text);
}

function readTerminations(names: readonly string[]): readonly string[] | null {
  return names.every((name) => WANTED.has(name)) ? [...new Set(names)] : null;
}

// As the log has it: `[::1]`, and `[::1]:443` with its port.
function readBackend(text: string): string | null {
  const ip = canonicalIp(text);
  if (ip === null) return readText(text);
  return ip.includes(':') ? `[${ip}]` : ip;
}

function readText(text: string): string | null {
  return text.length > MAX_TEXT_LENGTH ? null : text;
}

function readRate(text: string): number | null {
  const rate = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0;
  return rate >= 1 && rate <= MAX_RATE ? rate : null;
}
