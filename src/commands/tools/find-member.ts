import { formatHostPort } from '../../address.ts';
import { parseBackendAddress } from '../../balance/backend-address.ts';
import { DEFAULT_PORTS } from '../../control/routes/members/route-members.ts';
import type { Protocol } from '../../protocol.ts';

const PROTOCOLS: readonly Protocol[] = ['tls', 'http'];

/**
 * The members an operator may have meant: the one that is written so, else all that come to the same
 * address, whatever their options: `10.0.0.5` finds `10.0.0.5:443?weight=3`.
 */
export function findMembers(written: string, members: readonly string[]): readonly string[] {
  if (members.includes(written)) return [written];
  const wanted = placesOf(written);
  return members.filter((member) => placesOf(member).some((place) => wanted.includes(place)));
}

/** Where it is dialled, for each protocol that it serves; nowhere when it is no backend. */
function placesOf(text: string): readonly string[] {
  const address = parseBackendAddress(text);
  if (typeof address === 'string') return [];
  if ('path' in address) return [address.path];
  const protocols = address.scheme === null ? PROTOCOLS : [address.scheme];
  return protocols.map((protocol) =>
    formatHostPort(address.host, address.port ?? DEFAULT_PORTS[protocol]),
  );
}
