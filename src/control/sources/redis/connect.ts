import { Redis, type RedisOptions } from 'ioredis';
import { redisEndpoint, redisLogin, type RedisAddress, type RedisLogin } from './address.ts';

/** To reach Redis at all. */
const CONNECT_TIMEOUT_MS = 1000;
/** For one answer; a batch of 500 sets takes a few milliseconds. */
const COMMAND_TIMEOUT_MS = 2000;

const SILENT_TLS = 'no answer to TLS: if it does not speak it there, redis://';
const CLOSED = 'connection closed without an answer: if it speaks TLS there, rediss://';

const ONE_LIFE = {
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

/**
 * Open one connection to Redis, logged in and named `name`. It lives once: when it ends it stays
 * ended, and nothing is queued or sent again. Rejects with the cause, `aborted` with any.
 */
export async function connectRedis(
  address: RedisAddress,
  name: string,
  aborted: AbortSignal,
): Promise<Redis> {
  const endpoint = await redisEndpoint(address);
  const login = await redisLogin(address);
  aborted.throwIfAborted();
  const redis = new Redis({ ...endpoint, ...ONE_LIFE });
  let cause: Error | undefined;
  redis.on('error', (error) => {
    cause ??= error;
  });
  const abandon = () => destroyRedis(redis);
  aborted.addEventListener('abort', abandon);
  try {
    await redis.connect();
    await greet(redis, login, name);
    return redis;
  } catch (error) {
    destroyRedis(redis);
    // What `connect` itself rejects with is always the same: that the connection is closed.
    throw withHint(cause ?? error, redis, 'tls' in endpoint);
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

// One side speaks TLS and the other does not: Redis waits for the rest of a command, or hangs up.
function withHint(error: unknown, redis: Redis, isTls: boolean): unknown {
  const stream: Redis['stream'] | undefined = redis.stream;
  if (!(error instanceof Error) || (stream?.connecting ?? true)) return error;
  const code = 'code' in error ? error.code : null;
  const hint = isTls ? hintOfTls(code) : hintOfPlain(code ?? error.message, stream.bytesRead);
  return hint === null ? error : new Error(hint, { cause: error });
}

function hintOfTls(code: unknown): string | null {
  return code === 'ETIMEDOUT' ? SILENT_TLS : null;
}

function hintOfPlain(code: unknown, bytesRead: number): string | null {
  const isClosed = code === 'ECONNRESET' || code === 'Connection is closed.';
  return isClosed && bytesRead === 0 ? CLOSED : null;
}

// Not left to ioredis: it warns on the console, and goes on in database 0 when SELECT fails.
async function greet(
  redis: Redis,
  { username, password, database }: RedisLogin,
  name: string,
): Promise<void> {
  if (username + password !== '') await authenticate(redis, username, password);
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
    if (!needsNone) throw withoutSecret(error, password);
  }
}

// A Redis before 6 repeats the arguments of a command it does not know, AUTH with a user among them.
function withoutSecret(error: unknown, secret: string): unknown {
  if (error instanceof Error && secret !== '') {
    error.message = error.message.replaceAll(secret, '***');
  }
  return error;
}
