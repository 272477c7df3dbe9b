import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from './answer.ts';
import { isSafeHost } from './host-check.ts';

const FOREIGN: Refusal = { status: 403, reason: 'asked for by a page of another site' };

/**
 * What a browser gets that asks on behalf of another site's page, or `null`. The page could not read the
 * answer, but it could tell one from another, and keep us busy. Where a link leads to a file, it is good.
 */
export function crossSiteRefusal(headers: IncomingHttpHeaders, isFile: boolean): Refusal | null {
  const { 'sec-fetch-site': site, 'sec-fetch-dest': dest, origin, host } = headers;
  const isForeign = site === 'cross-site' || site === 'same-site';
  const isFollowed = isFile && dest === 'document' && origin === undefined;
  if (isForeign && !isFollowed) return FOREIGN;
  return origin === undefined || isOrigin(origin, host) ? null : FOREIGN;
}

/** What a request gets whose Host may be a stranger's name for us, or `null`. */
export function hostRefusal(headers: IncomingHttpHeaders, token: string | null): Refusal | null {
  // Whoever has the token has proved more than a name could, and without it there are only the files.
  if (token !== null || isSafeHost(headers.host)) return null;
  const reason = 'the Host is a name, which needs --admin-token: use an address';
  return { status: 421, reason };
}

/** What a request without the token gets, or `null`. */
export function tokenRefusal(headers: IncomingHttpHeaders, token: string | null): Refusal | null {
  if (token === null || isSame(headers.authorization ?? '', `Bearer ${token}`)) return null;
  const wanted = { 'WWW-Authenticate': 'Bearer' };
  return { status: 401, reason: 'a token is needed', headers: wanted };
}

// TLS may be ended in front of us. An Origin of `null` is a page that hides whose it is.
function isOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false;
  return [`http://${host}`, `https://${host}`].includes(origin);
}

// Digests are of one length: not even the token's can be timed.
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digest(given), digest(wanted));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
