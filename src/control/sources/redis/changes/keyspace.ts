import type { Redis } from 'ioredis';
import { refusalOf } from '../connect.ts';
import type { RedisLink } from '../link.ts';

/** What has to be on: K, and with it commands of any type, sets, hashes, strings over them, expiry, eviction. */
const NEEDED = 'Kg$shxe';
/** What `A` stands for (Redis manual, keyspace notifications). */
const ALL = 'g$lshzxetd';

export interface Watched {
  readonly database: number;
  /** What the keys start with, and a glob that matches them. */
  readonly prefix: string;
  readonly glob: string;
}

/**
 * Follow the keyspace notifications of these keys, where Redis sends them. `null` when it does, else
 * why not. A flush makes no notification, and one that is switched off later is missed in silence.
 */
export async function followKeyspace(
  { watch, data }: RedisLink,
  { database, prefix, glob }: Watched,
  onChanged: (keys: readonly string[]) => void,
): Promise<string | null> {
  const channel = `__keyspace@${database}__:`;
  try {
    const missing = missingFrom(await configured(data));
    if (missing !== '') return `notify-keyspace-events is without ${missing}`;
    await watch.psubscribe(channel + glob);
  } catch (error) {
    const refusal = refusalOf(error, 'NOPERM', 'ERR');
    if (refusal === null) throw error;
    return refusal;
  }
  watch.on('pmessage', (_glob: string, at: string) => {
    if (at.startsWith(channel + prefix)) onChanged([at.slice(channel.length)]);
  });
  return null;
}

/** Follow them no more. */
export async function leaveKeyspace({ watch }: RedisLink): Promise<void> {
  watch.removeAllListeners('pmessage');
  await watch.punsubscribe();
}

async function configured(data: Redis): Promise<string> {
  const reply: unknown = await data.config('GET', 'notify-keyspace-events');
  return Array.isArray(reply) ? String(reply[1] ?? '') : '';
}

function missingFrom(flags: string): string {
  const on = flags.replace('A', ALL);
  return NEEDED.split('')
    .filter((flag) => !on.includes(flag))
    .join('');
}
