import { didYouMean } from '../../config/values/nearest.ts';
import type { KeyRead } from '../../control/sources/redis/read-keys.ts';
import type { RedisKeys, RouteKey } from '../../control/sources/redis-keys.ts';
import { MAX_MEMBER_BYTES, partOf } from '../../control/sources/routes/reading.ts';
import { parsePattern } from '../../route/pattern.ts';
import type { Finding, Rule } from './finding.ts';

/** Parts of a route in Redis; what edges write is none of an operator's business. */
const PARTS = ['backends', 'draining', 'acme', 'options'] as const;
const OURS = new Set(['ejected', 'waking']);
/** How a problem ends that is one of type. */
const WRONG_TYPE = /\bnot a (?:set|hash)$/;

/** What is wrong with a key that is none of the parts of a route. */
export function lintUnknownKey(name: string): Finding[] {
  const end = name.lastIndexOf(':');
  const suffix = name.slice(end + 1);
  if (OURS.has(suffix)) return [];
  const hint = didYouMean(suffix, PARTS);
  const meant = /mean (\w+)\?/.exec(hint)?.[1];
  const mend =
    meant === undefined
      ? ['UNLINK', name]
      : ['RENAMENX', name, `${name.slice(0, end + 1)}${meant}`];
  const what = `no part of a route is called ${suffix === '' ? '""' : suffix}${hint}`;
  return [{ rule: 'unknown-key', at: name, what, mend: [mend] }];
}

/** The name of a host that is no pattern for this `reason`; `exists` tells whether there is such a key. */
export async function lintName(
  { host, part, name }: RouteKey & { readonly name: string },
  reason: string,
  keys: RedisKeys,
  exists: (key: string) => Promise<boolean>,
): Promise<Finding> {
  const meant = meantBy(host);
  const finding = { rule: ruleOf(host), at: name, what: `${host} ${reason}` };
  if (meant === null) return { ...finding, mend: [['UNLINK', name]] };
  const target = keys.nameOf({ host: meant, part });
  if (!(await exists(target))) return { ...finding, mend: [['RENAMENX', name, target]] };
  // Of options nobody can say which are meant.
  if (part === 'options') return { ...finding, mend: null };
  const merged = [
    ['SUNIONSTORE', target, target, name],
    ['UNLINK', name],
  ];
  return { ...finding, mend: merged };
}

/** What is wrong with a key as a whole: its type, its size. */
export function lintValues({ host, part }: RouteKey, name: string, read: KeyRead): Finding[] {
  const { values, problem } = read;
  if (problem !== null) {
    const isType = WRONG_TYPE.test(problem);
    const mend = isType ? [['UNLINK', name]] : null;
    return [{ rule: isType ? 'wrong-type' : 'too-large', at: name, what: problem, mend }];
  }
  const raw = part === 'options' ? { options: pairs(values) } : { [part]: values };
  const { problems } = partOf(host, part, raw);
  const long = part === 'options' ? [] : values.filter(isLong);
  return problems.map((what) => {
    const mend = what.includes('bytes') ? long.map((member) => ['SREM', name, member]) : [];
    return { rule: 'too-large', at: name, what, mend: mend.length > 0 ? mend : null };
  });
}

/** The names and values of a hash, in turn. */
export function pairs(flat: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) found.push([flat[i]!, flat[i + 1]!]);
  return found;
}

function isLong(member: string): boolean {
  return Buffer.byteLength(member) > MAX_MEMBER_BYTES;
}

// The pattern an operator meant who wrote this one, if that is no riddle.
function meantBy(host: string): string | null {
  const bare = host.replace(/:\d{1,5}$/, '').replace(/\.$/, '');
  const defaults = ['httpsDefault', 'httpDefault'];
  const meant =
    defaults.find((name) => name.toLowerCase() === bare.toLowerCase()) ?? bare.toLowerCase();
  return 'pattern' in parsePattern(meant) ? meant : null;
}

function ruleOf(host: string): Rule {
  if (host.includes('*') && meantBy(host) === null) return 'never-matches';
  if (/:\d{1,5}$/.test(host)) return 'port-in-name';
  if (host.endsWith('.')) return 'trailing-dot';
  return /[A-Z]/.test(host) && meantBy(host) !== null ? 'upper-case' : 'bad-name';
}
