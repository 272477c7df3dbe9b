import { Redis, type RedisOptions } from 'ioredis';
import { redisEndpoint, redisLogin, type RedisAddress } from './address.ts';

/** To reach Redis at all. */
const CONNECT_TIMEOUT_MS = 1000;
/** For one answer; a batch of 500 sets takes a few milliseconds. */
const COMMAND_TIMEOUT_MS = 2000;

/**
 * Open one connection to Redis, logged in and named `name`. It lives once: when it ends it stays
 * ended, and nothing is queued or sent again. Rejects with the cause, `aborted` with any.
 */
export async function connectRedis(
  address: RedisAddress,
  name: string,
  aborted: AbortSignal,
): Promise<Redis> {
  aborted.throwIfAborted();
  const redis = new Redis(connectionOptions(address));
  let cause: Error | undefined;
  redis.on('error', (error) => {
    cause ??= error;
  });
  const abandon = () => destroyRedis(redis);
  aborted.addEventListener('abort', abandon);
  try {
    await redis.connect();
    await greet(redis, address, name);
    return redis;
  } catch (error) {
    destroyRedis(redis);
    // What `connect` itself rejects with is always the same: that the connection is closed.
    throw cause ?? error;
  } finally {
    aborted.removeEventListener('abort', abandon);
  }
}

/** End a connection now: a frozen Redis would not answer a polite end. */
export function destroyRedis(redis: Redis): void {
  redis.disconnect();
  redis.stream?.destroy();
}

/** Redis' own words when it said no with one of these codes; `null` for any other failure. */
export function refusalOf(error: unknown, ...codes: readonly string[]): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  return codes.some((code) => error.message.startsWith(`${code} `)) ? error.message : null;
}

function connectionOptions(address: RedisAddress) {
  return {
    ...redisEndpoint(address),
    // ioredis drops the pushes of RESP3 that announce changes, without a word.
    protocol: 2,
    lazyConnect: true,
    retryStrategy: null,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    maxRetriesPerRequest: 0,
    // It would need the right to run INFO. A Redis that is still loading says so when it is read.
    enableReadyCheck: false,
    disableClientInfo: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // Else ioredis keeps the process for two seconds after a connection that was never made.
    disconnectTimeout: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
  } as const satisfies RedisOptions;
}

// Not left to ioredis: it warns on the console, and goes on in database 0 when SELECT fails.
async function greet(redis: Redis, address: RedisAddress, name: string): Promise<void> {
  const { username, password, database } = redisLogin(address);
  if (password !== '') await authenticate(redis, username, password);
  if (database !== 0) await redis.select(database);
  await redis.client('SETNAME', name).catch((error: unknown) => {
    if (refusalOf(error, 'NOPERM') === null) throw error;
  });
}

async function authenticate(redis: Redis, username: string, password: string): Promise<void> {
  try {
    await (username === '' ? redis.auth(password) : redis.auth(username, password));
  } catch (error) {
    const needsNone = refusalOf(error, 'ERR')?.includes('without any password') ?? false;
    if (!needsNone) throw error;
  }
}
