import type { HttpHello } from '../hello.ts';

/**
 * What comes of a plain request to a host that wants https: the same URL there, no redirect because
 * it is an ACME challenge, or none because it has no URL to redirect to.
 */
export type Redirection =
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'challenge' }
  /** `detail` is a few words of our own for the log, never client text. */
  | { readonly kind: 'impossible'; readonly detail: string };

// RFC 9110 section 4.1 asks for 8000 at least.
const MAX_LOCATION_LENGTH = 8192;
// RFC 9112 section 3.2.2: what follows the authority of an absolute-form target.
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*(.*)$/i;
// RFC 8555 section 8.3. One segment, and none that a backend takes for another path.
const CHALLENGE = /^\/\.well-known\/acme-challenge\/[\w-][\w.~-]*(?:\?.*)?$/;
const NOT_IN_URL = /[^\x21-\x7e]/g;

/**
 * Where a request goes that is to be made by https. `head` is the one that `hello` was read from. The
 * host of the location is a server name and no client text; a port is dropped, as that of plain HTTP.
 */
export function redirectToHttps(head: Buffer, hello: HttpHello): Redirection {
  const target = head.toString('latin1', hello.targetStart, hello.targetEnd);
  const path = pathOf(target);
  if (path === null) return { kind: 'impossible', detail: 'no path to redirect to' };
  if (CHALLENGE.test(path)) return { kind: 'challenge' };
  if (hello.serverName === null) return { kind: 'impossible', detail: 'no host to redirect to' };
  const location = `https://${hello.serverName}${path.replace(NOT_IN_URL, percentEncoded)}`;
  if (location.length > MAX_LOCATION_LENGTH) {
    return { kind: 'impossible', detail: 'too long to redirect' };
  }
  return { kind: 'redirect', location };
}

// Path and query. It starts with a slash, so that nothing in it can be read as part of the host.
function pathOf(target: string): string | null {
  if (target.startsWith('/')) return target;
  const rest = ABSOLUTE_FORM.exec(target)?.[1];
  if (rest === undefined) return null;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function percentEncoded(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
