import { inAscii } from '../../../account/printable.ts';

const MAX_SHOWN = 200;

const UNTRUSTED = 'its certificate was signed by nobody we trust; --redis-ca says whom to trust';
const WANTS_CERTIFICATE = 'it asks for a client certificate: --redis-cert and --redis-key';
const NOT_REDIS = 'what answers there is not Redis';

/** Failures of sockets and of TLS, by their code. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ETIMEDOUT: 'no answer to a connection',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  ENOENT: 'there is no such socket',
  EACCES: 'no permission for its socket',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there: redis:// instead of rediss://',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: WANTS_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: WANTS_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not trust our client certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'our client certificate has expired',
};

/** What Redis answers instead of what was asked for, by the first word (its `shared` replies in server.c). */
const REPLIES: Readonly<Record<string, string>> = {
  NOAUTH: 'it wants a password',
  WRONGPASS: 'wrong user or password',
  LOADING: 'it is still loading its data',
  BUSY: 'it is busy with a script that does not end',
  MISCONF: 'it cannot save its data, and takes no writes',
  READONLY: 'it is a replica, and takes no writes',
  MASTERDOWN: 'it is a replica that has lost its master, and does not serve old data',
  CLUSTERDOWN: 'its cluster is down',
  MOVED: 'it is one node of a cluster: --redis-cluster reads all of them',
  ASK: 'it is one node of a cluster: --redis-cluster reads all of them',
  DENIED: 'it is in protected mode, and takes clients of its own machine only',
};

/** The same where the first word is only ERR. */
const ERRORS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^ERR max number of clients/, 'it has as many clients as its maxclients allows'],
  [/^ERR invalid password/, 'wrong user or password'],
  [/^ERR DB index is out of range/, 'it has no database of this number'],
];

/** What is wrong with Redis, in a few words on one line. The words of Redis itself are kept where they add to ours. */
export function redisProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'failed without a reason';
  const text = error.name === 'ReplyError' ? replyProblem(error.message) : failure(error);
  const shown = inAscii(text.slice(0, MAX_SHOWN));
  return shown.slice(0, MAX_SHOWN) || 'failed without a reason';
}

function replyProblem(message: string): string {
  const line = message.split('\n', 1)[0]!;
  const known = ERRORS.find(([pattern]) => pattern.test(line));
  if (known !== undefined) return known[1];
  const code = /^[A-Z]+/.exec(line)?.[0] ?? '';
  return Object.hasOwn(REPLIES, code) ? `${REPLIES[code]} (${code})` : line;
}

function failure(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(error.message);
  if (Object.hasOwn(FAILURES, code)) return FAILURES[code]!;
  // ioredis' own sentences say less than they could.
  if (error.message.startsWith('Unknown RESP type')) return NOT_REDIS;
  if (error.message === 'Command timed out') return 'no answer to a command';
  if (error.message === 'Connection is closed.') return 'connection closed';
  return error.message.split('\n', 1)[0]!;
}

// `Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames: DNS:b`
function wrongName(message: string): string {
  const details = message.replace(/^[^:]*: /, '');
  return `its certificate is for another name, which --redis-server-name can say: ${details}`;
}
