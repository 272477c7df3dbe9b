import { parseCidr, type Cidr } from '../../cidr.ts';
import { didYouMean } from '../../config/values/nearest.ts';
import { OPTIONS } from '../../config/options.ts';
import { choice } from '../../config/values/choice.ts';
import { duration } from '../../config/values/duration.ts';
import { parseAddressBlock } from '../../config/values/network.ts';
import { count } from '../../config/values/number.ts';
import type { Parse, Parsed } from '../../config/values/parsed.ts';
import { NO_OPTIONS, type RouteOptions } from '../../session/route.ts';

/** Why an option of a route is not in force, worded to follow its value: `"x" is not a …`. */
export interface OptionComplaint {
  readonly name: string;
  readonly reason: string;
}

export interface ReadOptions {
  readonly options: RouteOptions;
  readonly complaints: readonly OptionComplaint[];
}

type Fields = { -readonly [F in keyof RouteOptions]: RouteOptions[F] };

/** Reads one option into `fields`; why its value is none, or `null`. */
type Read = (text: string, fields: Fields, lastGood: RouteOptions) => string | null;

/** Looked at for every session of the route, one after the other. */
const MAX_BLOCKS = 256;
/** More sessions than one machine holds. */
const MAX_CONNECTIONS = 10_000_000;
/** What is shown of an entry that is none: no block is longer. */
const MAX_SHOWN = 64;
/** An allow-list that no client is on: this address is nobody's (RFC 919 section 7). */
const NOBODY: readonly Cidr[] = [parseCidr('255.255.255.255/32')!];

const WAKE_MS = { min: 1000, max: 600_000 };
const parseWake: Parse<number> = (text) => {
  const parsed = duration(WAKE_MS.min)(text);
  if ('reason' in parsed || parsed.value <= WAKE_MS.max) return parsed;
  return { reason: 'is longer than 10m' };
};

const NOTHING_READ: ReadOptions = { options: NO_OPTIONS, complaints: [] };

const READERS: ReadonlyMap<string, Read> = new Map([
  ['balance', single('balance', OPTIONS.balance.parse)],
  ['proxy', single('proxy', OPTIONS.proxyProtocol.parse)],
  ['connect-timeout', single('connectTimeoutMs', OPTIONS.connectTimeoutMs.parse)],
  ['idle-timeout', single('idleTimeoutMs', OPTIONS.idleTimeoutMs.parse)],
  ['max-connections', single('maxConnections', count({ min: 1, max: MAX_CONNECTIONS }))],
  ['allow', blocks('allow', NOBODY)],
  ['deny', blocks('deny', [])],
  ['redirect', single('redirect', choice('https'))],
  ['wake', single('wakeMs', parseWake)],
  ['queue-max', single('queueMax', OPTIONS.queueMax.parse)],
  ['queue-timeout', single('queueTimeoutMs', OPTIONS.queueTimeoutMs.parse)],
  ['probe', single('probe', OPTIONS.probe.parse)],
  ['on-removed', single('onRemoved', OPTIONS.onRemoved.parse)],
]);

/** Every option that a route may have, as it is written. */
export const ROUTE_OPTION_NAMES: readonly string[] = [...READERS.keys()];

/**
 * The options of a route from what its operator wrote. A value that is none is complained of, and
 * leaves the last good one in force. Where there was none, an `allow` or `deny` that cannot be read
 * whole holds as far as it can be, so that a slip never lets in more than was meant: an `allow` of
 * which nothing can be read allows nobody.
 */
export function readRouteOptions(
  given: Readonly<Record<string, string>>,
  lastGood: RouteOptions | null,
): ReadOptions {
  const names = Object.keys(given);
  if (names.length === 0) return NOTHING_READ;
  const fields: Fields = { ...NO_OPTIONS };
  const complaints: OptionComplaint[] = [];
  for (const name of names) {
    const read = READERS.get(name) ?? unknownOption(name);
    const reason = read(given[name]!, fields, lastGood ?? NO_OPTIONS);
    if (reason !== null) complaints.push({ name, reason });
  }
  return { options: fields, complaints };
}

function unknownOption(name: string): Read {
  return () => `is for an option that routes do not have${didYouMean(name, ROUTE_OPTION_NAMES)}`;
}

function single<F extends keyof Fields>(
  field: F,
  parse: Parse<NonNullable<RouteOptions[F]>>,
): Read {
  return (text, fields, lastGood) => {
    const parsed = parse(text);
    const isGood = 'value' in parsed;
    fields[field] = isGood ? parsed.value : lastGood[field];
    return isGood ? null : parsed.reason;
  };
}

function blocks(field: 'allow' | 'deny', nothingReadable: readonly Cidr[]): Read {
  return (text, fields, lastGood) => {
    const { value, reason } = parseBlocks(text);
    const readable = value.length > 0 ? value : nothingReadable;
    const isKept = reason !== null && lastGood[field].length > 0;
    fields[field] = isKept ? lastGood[field] : readable;
    return reason;
  };
}

/** The blocks that could be read, and why that is not all of them. */
function parseBlocks(text: string): { value: readonly Cidr[]; reason: string | null } {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  if (entries.length === 0) return { value: [], reason: 'has no address and no block' };
  const tooMany = `has more than ${MAX_BLOCKS} addresses and blocks`;
  let reason = entries.length > MAX_BLOCKS ? tooMany : null;
  const value: Cidr[] = [];
  for (const entry of entries.slice(0, MAX_BLOCKS)) {
    const parsed: Parsed<Cidr> = parseAddressBlock(entry);
    if ('value' in parsed) value.push(parsed.value);
    else reason ??= `has ${JSON.stringify(entry.slice(0, MAX_SHOWN))}, which ${parsed.reason}`;
  }
  return { value, reason };
}
