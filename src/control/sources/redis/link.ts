import type { Redis } from 'ioredis';
import type { RedisAddress, SentinelPlace } from '../../../config/redis/place.ts';
import { connectRedis, destroyRedis, refusalOf } from './connect.ts';
import { findMaster, requireMaster } from './sentinel.ts';

/** A link that froze, or whose packets are dropped, is found within three of these: in 1.35 s. */
const HEARTBEAT_MS = 450;
const MAX_MISSED = 2;

/** One Redis, the master that sentinels name, or a master of a cluster. The last two are left when demoted. */
type LinkKind = 'plain' | 'master' | 'sharded';

interface Connections {
  readonly watch: Redis;
  readonly data: Redis;
}

/**
 * Two connections to Redis that live and die together: changes are announced on `watch`, sets are
 * read on `data`. When one is lost the other is of no use, because what was missed must be read again.
 */
export class RedisLink implements AsyncDisposable {
  readonly watch: Redis;
  readonly data: Redis;
  /** It is a master of a cluster, and has some of the keys. */
  readonly sharded: boolean;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #onLost: () => void;
  readonly #mustBeMaster: boolean;
  #failure: Error | null = null;
  #missed = 0;

  /** `onLost` is called once, when the link fails, is disposed of, or its Redis is found to be no master. */
  constructor({ watch, data }: Connections, onLost: () => void, kind: LinkKind) {
    this.watch = watch;
    this.data = data;
    this.sharded = kind === 'sharded';
    this.#mustBeMaster = kind !== 'plain';
    this.#onLost = onLost;
    for (const redis of [watch, data]) {
      redis.on('error', (error) => this.fail(error));
      redis.on('end', () => this.fail(new Error('connection closed')));
    }
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
  }

  /** Why the link was lost: the first cause. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Resolves once everything that was announced until now has arrived. */
  async barrier(): Promise<void> {
    await ping(this.watch);
  }

  fail(cause: Error): void {
    if (this.#failure !== null) return;
    this.#failure = cause;
    clearInterval(this.#heartbeat);
    destroyRedis(this.watch);
    destroyRedis(this.data);
    this.#onLost();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.fail(new Error('closed'));
    return Promise.resolve();
  }

  // By count and not by clock: a main thread that was busy for a second must not blame Redis for it.
  #beat(): void {
    if (this.#missed >= MAX_MISSED) return this.fail(new Error('no answer to PING'));
    this.#missed++;
    const failed = (error: Error) => this.fail(error);
    ping(this.watch).then(() => {
      this.#missed = 0;
    }, failed);
    // Half open, it would be found out by the next reading only, minutes later.
    (this.#mustBeMaster ? requireMaster(this.data) : ping(this.data)).catch(failed);
  }
}

/** Open both connections, or neither. Rejects with the cause. */
export async function openLink(
  place: RedisAddress | SentinelPlace,
  aborted: AbortSignal,
  onLost: () => void,
): Promise<RedisLink> {
  const address = 'sentinels' in place ? await findMaster(place, aborted) : place;
  const kind = linkKind(place);
  const data = await connectRedis(address, 'sluice-data', aborted);
  try {
    if (kind !== 'plain') await requireMaster(data);
    const watch = await connectRedis(address, 'sluice-watch', aborted);
    return new RedisLink({ watch, data }, onLost, kind);
  } catch (error) {
    destroyRedis(data);
    throw error;
  }
}

function linkKind(place: RedisAddress | SentinelPlace): LinkKind {
  if ('sentinels' in place) return 'master';
  return place.sharded === true ? 'sharded' : 'plain';
}

// A Redis whose disk is full says so to a PING (server.c), and answers everything that only reads.
async function ping(redis: Redis): Promise<void> {
  try {
    await redis.ping();
  } catch (error) {
    if (refusalOf(error, 'MISCONF') === null) throw error;
  }
}
