import { isIPv6 } from 'node:net';

// unreserved, sub-delims and percent-encoded; the port may be empty, as in `example.com:`.
const AUTHORITY = /^(\[([0-9a-f:.]*)\]|(?:[a-z0-9\-._~!$&'()*+,;=]|%[0-9a-f]{2})*)(?::\d*)?$/i;

/**
 * The host of `host[:port]` as HTTP spells it (RFC 3986 section 3.2): a reg-name, an IPv4 literal, or
 * `[IPv6]` in its brackets; possibly empty. `null` when the text is none, a bare IPv6 literal included.
 */
export function parseAuthorityHost(text: string): string | null {
  const match = AUTHORITY.exec(text);
  if (match === null) return null;
  const [, host = '', ipv6] = match;
  return ipv6 !== undefined && !isIPv6(ipv6) ? null : host;
}
