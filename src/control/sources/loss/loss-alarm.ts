import { shellCommand } from '../../../account/shell.ts';
import type { RedisAddress, SentinelPlace } from '../redis/address.ts';
import { redisCli } from '../../report/redis-cli.ts';
import type { SourceLog } from '../source.ts';

const REPEAT_MS = 60_000;
// Whoever looks every minute looks a little earlier or later each time.
const SLACK_MS = 10_000;

/** What is said of a loss that is held. */
export interface HeldLoss {
  /** Routes that would go; 0 when nothing is held. */
  readonly held: number;
  /** Routes in use. */
  readonly routes: number;
}

/** Says in the log that routes are held: when it begins, every minute, and when it is over. */
export class LossAlarm {
  readonly #log: SourceLog;
  readonly #fields: object;
  #saidAt: number | null = null;

  /** `acceptKey` is what an operator sets to have the loss taken. */
  constructor(log: SourceLog, redis: RedisAddress | SentinelPlace, acceptKey: string) {
    this.#log = log;
    this.#fields = { redis: redis.shown, accept: acceptCommand(redis, acceptKey) };
  }

  /** Tell how things stand after everything was read, at `now` in milliseconds. */
  tell({ held, routes }: HeldLoss, now: number): void {
    if (held === 0) return this.#over(routes);
    if (this.#saidAt !== null && now - this.#saidAt < REPEAT_MS - SLACK_MS) return;
    this.#saidAt = now;
    const words = 'Redis has lost many routes at once: they stay in use until that is accepted';
    this.#log.error({ ...this.#fields, lost: held, routes }, words);
  }

  #over(routes: number): void {
    if (this.#saidAt === null) return;
    this.#saidAt = null;
    this.#log.info(
      { ...this.#fields, routes },
      'no routes are held any more: Redis is followed again',
    );
  }
}

// Which Redis is the master now only the sentinels know: a command of Redis, and not of a shell.
function acceptCommand(redis: RedisAddress | SentinelPlace, acceptKey: string): string | null {
  const cli = 'sentinels' in redis ? [] : redisCli(redis);
  return shellCommand([...cli, 'SET', acceptKey, 'yes', 'EX', '60']);
}
