import type { Redis } from 'ioredis';
import { refusalOf } from '../connect.ts';

const CHANNEL = '__redis__:invalidate';

/** Keys that changed; `null` is all of them: a flush, or a replica that was loaded anew. */
export type OnInvalidated = (keys: readonly string[] | null) => void;

/**
 * Have Redis announce every change of a key that starts with `watched` on this connection (Redis
 * manual, client-side caching, broadcasting mode). The connection takes no other command afterwards.
 *
 * `null` when it does, else Redis' own words of refusal: it is older than 6, or the ACL forbids it.
 * Then it may be asked again. Tracking redirected to its own connection can only break with it.
 */
export async function trackChanges(
  watch: Redis,
  watched: string,
  onInvalidated: OnInvalidated,
): Promise<string | null> {
  const announce = (_channel: Buffer, keys: readonly Buffer[] | null) =>
    onInvalidated(keys === null ? null : keys.map(String));
  watch.on('messageBuffer', announce);
  try {
    const id = String(await watch.client('ID'));
    await watch.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', watched);
    await watch.subscribe(CHANNEL);
    return null;
  } catch (error) {
    const refusal = refusalOf(error, 'NOPERM', 'ERR');
    if (refusal === null) throw error;
    watch.off('messageBuffer', announce);
    // When only SUBSCRIBE was refused, the prefix would be in the way of the next try.
    await watch.call('CLIENT', 'TRACKING', 'OFF').catch(() => {});
    return refusal;
  }
}
