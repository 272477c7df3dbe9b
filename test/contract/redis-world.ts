import { test } from 'node:test';
import { RedisSource } from '../../src/control/sources/redis.ts';
import { redisMissing, startRedis, type RedisServer } from '../support/redis.ts';
import { RecordingLog, RecordingSink } from './source.ts';

export const skip = await redisMissing();
/** A period that no test lives to see. */
export const NEVER = 2 ** 30;
export const BACKENDS = 'hostnames:app.example.com:backends';

export interface Following extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly source: RedisSource;
  readonly sink: RecordingSink;
  readonly log: RecordingLog;
}

export interface FollowOptions {
  readonly prefix?: string;
  readonly url?: string;
  readonly reconcileMs?: number;
  readonly pollMs?: number;
}

/** A source that follows this Redis, and what it tells. */
export function follow(redis: RedisServer, options: FollowOptions = {}): Following {
  const { prefix = '', url = redis.url, reconcileMs = NEVER, pollMs = NEVER } = options;
  const log = new RecordingLog();
  const sink = new RecordingSink();
  const address = { url, shown: redis.url };
  const source = new RedisSource({ address, prefix, log, reconcileMs, pollMs });
  source.start(sink);
  return { redis, source, sink, log, [Symbol.asyncDispose]: () => source.close() };
}

/** One Redis, one source that read it once, with no help from periodic scans. */
export function following(
  title: string,
  body: (world: Following, t: { diagnostic(message: string): void }) => Promise<void>,
): void {
  test(title, { skip, timeout: 20_000 }, async (t) => {
    await using redis = await startRedis();
    await redis.cli('SADD', BACKENDS, '10.0.0.1');
    await using world = follow(redis);
    await world.sink.untilRoute('app.example.com', '10.0.0.1');
    await body(world, t);
  });
}
