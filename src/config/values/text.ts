import { parsedOr, type Parse, type Parsed } from './parsed.ts';

/** Where access lines go: standard output, nowhere, or a file. */
export type AccessLog = 'stdout' | 'off' | { readonly file: string };

/** The edge's name in logs, metrics and Redis. */
export const parseEdgeName = matching(
  /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
  'is not a name of up to 64 letters, digits, dots, dashes and underscores',
);

/** Any path of a file, relative to where sluice was started. */
export const parseFilePath = matching(/^[^\0]+$/, 'is not the path of a file');

/** What stands in front of every key. `*?[]\` would be patterns to the scan for keys. */
export const parseRedisPrefix = matching(
  /^[^\s\p{Cc}*?[\]\\]{0,128}$/u,
  'is not a key prefix: up to 128 characters, none of them a space or one of *?[]\\',
);

/** What sentinels call a master: its configuration allows nothing else (Redis' sentinel.c). */
export const parseRedisMaster = matching(
  /^[A-Za-z0-9._-]{1,128}$/,
  'is not the name of a master: up to 128 letters, digits, dots, dashes and underscores',
);

/** A user of Redis' ACL: anything without spaces and null bytes. */
export const parseRedisUser = matching(
  /^[^\s\p{Cc}]{1,128}$/u,
  'is not the name of a user: up to 128 characters without a space',
);

/** A DNS name as a certificate has it. A literal address is none: it is checked as what was dialled. */
export const parseTlsName = matching(
  /^(?=.{1,253}$)(?!\d+(?:\.\d+){3}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/,
  'is not a DNS name',
);

/** Where the routes are kept on disk: nowhere, or in a file. */
export type SnapshotPlace = 'off' | { readonly file: string };

/** Parse `off` or a file. A bare word is more likely a slip than a file. */
export function parseSnapshotPlace(text: string): Parsed<SnapshotPlace> {
  if (text === 'off') return { value: text };
  const isPath = /^[^\0]*[./][^\0]*$/.test(text);
  return parsedOr(isPath ? { file: text } : null, 'is not off or a file such as ./routes.snapshot');
}

/** A bearer token (RFC 6750 section 2.1) too long to be guessed. */
export const parseAdminToken = matching(
  /^[A-Za-z0-9._~+/-]{16,256}=*$/,
  'is not a token of 16 to 256 letters, digits and -._~+/',
);

/** Parse `stdout`, `off` or a file. A bare word is more likely a slip than a file. */
export function parseAccessLog(text: string): Parsed<AccessLog> {
  if (text === 'stdout' || text === 'off') return { value: text };
  const isPath = /^[^\0]*[./][^\0]*$/.test(text);
  return parsedOr(
    isPath ? { file: text } : null,
    'is not stdout, off or a file such as ./access.log',
  );
}

function matching(pattern: RegExp, reason: string): Parse<string> {
  return (text) => parsedOr(pattern.test(text) ? text : null, reason);
}
