import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.ts';
import { redisPlace } from '../../../src/config/redis/place.ts';
import { RedisSource } from '../../../src/control/sources/redis.ts';
import { ROOT } from '../../support/root.ts';
import { NEVER } from '../redis-world.ts';
import { RecordingLog, RecordingSink } from '../source.ts';

export interface FollowedPlace extends AsyncDisposable {
  readonly source: RedisSource;
  readonly sink: RecordingSink;
  readonly log: RecordingLog;
}

/** Follow the Redis that these options name, as `sluice serve` would: `{ redis: 'rediss://…', 'redis-ca': … }`. */
export async function followFlags(
  flags: Readonly<Record<string, string | string[]>>,
): Promise<FollowedPlace> {
  const { config } = await loadConfig({ flags, env: {} });
  const place = redisPlace(config);
  if (place === null || 'seeds' in place) throw new Error('these name no single Redis');
  const log = new RecordingLog();
  const sink = new RecordingSink();
  const source = new RedisSource({
    address: place,
    prefix: config.redisPrefix,
    log,
    reconcileMs: NEVER,
    pollMs: NEVER,
  });
  source.start(sink);
  return { source, sink, log, [Symbol.asyncDispose]: () => source.close() };
}

/** The further rights that the README names for what begins with this one, in words of `ACL SETUSER`. */
export function aclRights(first: string): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const from = readme.indexOf(`\`${first} `) + 1;
  return readme.slice(from, readme.indexOf('`', from)).split(/\s+/);
}

/** The words of `ACL SETUSER NAME …` as the README has it, over however many lines. */
export function aclLine(user: string): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [line] = new RegExp(`ACL SETUSER ${user} [^\\n]*(?:\\n {6,}[^\\n]+)*`).exec(readme) ?? [''];
  return line.trim().split(/\s+/);
}
