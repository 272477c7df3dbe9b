import { isIP } from 'node:net';
import { parseHostPort } from '../address.ts';

const LOCALHOST = /^(?:[a-z0-9-]+\.)*localhost$/;

/**
 * Whether a request that carries no secret may be answered, by its Host. Against DNS rebinding: a page
 * of a stranger may point a name of its own here, and only the name in the Host gives that away. So
 * every address is good, and of names only those of loopback (RFC 6761 section 6.3).
 */
export function isSafeHost(host: string | undefined): boolean {
  // HTTP/1.0 without a Host comes from no browser.
  if (host === undefined) return true;
  const parsed = parseHostPort(host.toLowerCase());
  if (parsed === null) return false;
  return isIP(parsed.host) !== 0 || LOCALHOST.test(parsed.host);
}
