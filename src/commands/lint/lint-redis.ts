import type { Redis } from 'ioredis';
import { readPage, type FoundKey, type ScannedPage } from '../../control/report/redis-routes.ts';
import { scanKeys } from '../../control/sources/redis/read-keys.ts';
import type { RedisKeys, RouteKey } from '../../control/sources/redis-keys.ts';
import type { Guard } from '../../dial/guard.ts';
import { parsePattern } from '../../route/pattern.ts';
import type { Finding } from './finding.ts';
import { lintName, lintUnknownKey, lintValues } from './lint-key.ts';
import { lintRecord } from './lint-record.ts';

export interface LintRedis {
  readonly data: Redis;
  readonly keys: RedisKeys;
  readonly guard: Guard;
  /** Told of each page. */
  readonly onLooked: (keys: number) => void;
}

/** Walk every key of ours; findings come page by page, and nothing is kept but one page. */
export async function* lintRedis(redis: LintRedis): AsyncGenerator<readonly Finding[], void> {
  const { data, keys, onLooked } = redis;
  for await (const names of scanKeys(data, keys.glob)) {
    const unknown = names.filter((name) => keys.parse(name) === null && name !== keys.acceptLoss);
    yield unknown.flatMap(lintUnknownKey);
    const page = await readPage(data, keys, names);
    yield await lintPage(page, redis);
    onLooked(names.length);
  }
}

async function lintPage(
  { found, records }: ScannedPage,
  redis: LintRedis,
): Promise<readonly Finding[]> {
  const { data, keys } = redis;
  const exists = async (target: string) => (await data.exists(target)) > 0;
  const findings: Finding[] = [];
  for (const key of found) {
    findings.push(...lintValues(key, key.name, key.read));
    const parsed = parsePattern(key.host);
    if ('reason' in parsed) findings.push(await lintName(key, parsed.reason, keys, exists));
    else findings.push(...lintRoute(key, records, redis));
  }
  return findings;
}

// Of a route whose keys come on several pages, each key has its own findings on its own page.
function lintRoute(
  { host, name }: FoundKey,
  records: ScannedPage['records'],
  { keys, guard }: LintRedis,
): Finding[] {
  const record = records.get(host);
  if (record === undefined) return [];
  const at = (part: RouteKey['part']) => keys.nameOf({ host, part });
  return lintRecord({ record, at, guard }).filter((finding) => finding.at === name);
}
