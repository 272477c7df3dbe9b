import { ipBytes } from '../address.ts';
import type { Backend } from './backend.ts';
import type { Choose } from './candidates.ts';
import { digest, fractionOf, type Digest } from './murmur.ts';

/** One client has a /64 of IPv6, and changes its address within it. */
const CLIENT_BYTES = 8;

/**
 * Weighted rendezvous hashing of the client's address: every backend has a score for it, and the best
 * wins. All edges agree, whatever the order of the backends; one that is gone moves its own clients
 * only, each to the second best; and shares are as the weights.
 */
export function createSource(backends: readonly Backend[]): Choose {
  const digests = backends.map(({ name }) => digest(Buffer.from(name)));
  return (_, weights, _context, client) => best(digests, weights, clientDigest(client.source.ip));
}

/** The index of the best of these for a client at `source`. */
export function bestForSource(
  backends: readonly { readonly address: string; readonly weight: number }[],
  source: string,
): number {
  const digests = backends.map(({ address }) => digest(Buffer.from(address)));
  const weights = backends.map(({ weight }) => weight);
  return best(digests, weights, clientDigest(source));
}

function clientDigest(source: string): Digest {
  return digest(ipBytes(source).subarray(0, CLIENT_BYTES));
}

function best(digests: readonly Digest[], weights: readonly number[], client: Digest): number {
  let found = -1;
  let highest = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    // Of exponentially distributed times, that at rate `weight` is over first with its share of chances.
    const score = -weights[i]! / Math.log(fractionOf(client, digests[i]!));
    if (found !== -1 && score <= highest) continue;
    found = i;
    highest = score;
  }
  return found;
}
