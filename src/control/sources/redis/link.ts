import type { Redis } from 'ioredis';
import type { RedisAddress } from './address.ts';
import { connectRedis, destroyRedis } from './connect.ts';

/** A link that froze, or whose packets are dropped, is found within three of these. */
const HEARTBEAT_MS = 500;
const MAX_MISSED = 2;

/**
 * Two connections to Redis that live and die together: changes are announced on `watch`, sets are
 * read on `data`. When one is lost the other is of no use, because what was missed must be read again.
 */
export class RedisLink implements AsyncDisposable {
  readonly watch: Redis;
  readonly data: Redis;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #onLost: () => void;
  #failure: Error | null = null;
  #missed = 0;

  /** `onLost` is called once, when the link fails or is disposed of. */
  constructor(watch: Redis, data: Redis, onLost: () => void) {
    this.watch = watch;
    this.data = data;
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
    this.watch.ping().then(
      () => {
        this.#missed = 0;
      },
      () => {},
    );
  }
}

/** Open both connections, or neither. Rejects with the cause. */
export async function openLink(
  address: RedisAddress,
  aborted: AbortSignal,
  onLost: () => void,
): Promise<RedisLink> {
  const data = await connectRedis(address, 'sluice-data', aborted);
  try {
    const watch = await connectRedis(address, 'sluice-watch', aborted);
    return new RedisLink(watch, data, onLost);
  } catch (error) {
    destroyRedis(data);
    throw error;
  }
}
