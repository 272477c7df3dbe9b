import type { Protocol } from '../protocol.ts';
import { Ended } from '../termination.ts';
import type { Hello } from './hello.ts';
import { HttpHeadReader } from './http/http-head.ts';
import { parseProxyHeader } from './proxy/proxy-header.ts';
import type { ProxiedAddresses } from './proxy/verdict.ts';
import { looksLikeRequest } from './sniff.ts';
import { startsTls, TlsHeadReader } from './tls/tls-head.ts';
import type { HeadReader, Reading } from './verdict.ts';

/** The part of a client socket that inspection needs: bytes that can be looked at before they are moved. */
export interface PeekSource {
  /** Everything received and not consumed. */
  readonly head: Buffer;
  /** Wait until `head` is longer than `length`, for at most `timeoutMs`. Never rejects. */
  peek(length: number, timeoutMs: number): Promise<PeekEnd>;
  /** Drop the first `count` bytes of `head`. */
  consume(count: number): void;
}

/** `more` bytes came · `ended` with a FIN · `reset` · `timeout` · `closed` by us. */
export type PeekEnd = 'more' | 'ended' | 'reset' | 'timeout' | 'closed';

export interface InspectSettings {
  /** What the listener speaks; `auto` tells by the first byte. */
  readonly protocol: Protocol | 'auto';
  /** From accept to the last byte of the head, an accepted PROXY header included. */
  readonly helloTimeoutMs: number;
  /** The longest head accepted, in bytes on the wire. */
  readonly helloMaxBytes: number;
  /** A PROXY header is required before the head. Where it is not, it is not looked for. */
  readonly expectProxyHeader: boolean;
  /** Told of the PROXY header before the hello is waited for. What it throws is thrown. */
  readonly onProxyHeader?: (proxied: ProxiedAddresses | 'local') => void;
}

export interface Inspected {
  readonly hello: Hello;
  /** What the PROXY header said; `local` when it leaves the real addresses to count. */
  readonly proxied: ProxiedAddresses | 'local' | undefined;
}

type Unreadable = Exclude<Reading, { kind: 'hello' | 'incomplete' }>;

/** Milliseconds from some fixed point, never going back. */
type Clock = () => number;

const monotonicMs: Clock = () => performance.now();

/**
 * Look at the first bytes of a client for where it wants to go. Takes nothing from it but an expected
 * PROXY header. Call it at accept: the timeout is one deadline for all, however the bytes drip.
 *
 * Throws `Ended`: `client-silent` without a byte · `hello-timeout` · `hello-aborted` when it ended or
 * reset in the middle · `hello-too-large` · `malformed` · `not-tls` · `bad-proxy-header` · `shutdown`
 * when it was closed by us meanwhile.
 */
export async function inspect(
  client: PeekSource,
  settings: InspectSettings,
  now: Clock = monotonicMs,
): Promise<Inspected> {
  const deadline = now() + settings.helloTimeoutMs;
  let proxied: Inspected['proxied'];
  if (settings.expectProxyHeader) {
    proxied = await acceptProxyHeader(client, deadline, now);
    settings.onProxyHeader?.(proxied);
  }
  let reader: HeadReader | undefined;
  for (;;) {
    const head = client.head;
    if (head.length > 0) {
      reader ??= newReader(settings, head[0]!);
      const reading = reader.read(head);
      if (reading.kind === 'hello') return { hello: reading.hello, proxied };
      if (reading.kind !== 'incomplete') throw refused(reading, settings, head);
    }
    const end = await peekFor(client, head.length, deadline - now());
    if (end !== 'more') throw cutShort(end, head.length);
  }
}

/** Takes the header off the head. */
async function acceptProxyHeader(
  client: PeekSource,
  deadline: number,
  now: Clock,
): Promise<ProxiedAddresses | 'local'> {
  for (;;) {
    const head = client.head;
    const verdict = parseProxyHeader(head);
    if (verdict.kind === 'malformed') throw new Ended('bad-proxy-header', verdict.detail);
    if (verdict.kind !== 'incomplete') {
      client.consume(verdict.length);
      return verdict.kind === 'proxied' ? verdict.addresses : 'local';
    }
    const end = await peekFor(client, head.length, deadline - now());
    if (end === 'timeout' && head.length > 0) throw new Ended('bad-proxy-header', 'unfinished');
    if (end !== 'more') throw cutShort(end, head.length);
  }
}

// No async function, because it would cost every session a promise of its own.
function peekFor(client: PeekSource, length: number, leftMs: number): Promise<PeekEnd> | PeekEnd {
  return leftMs > 0 ? client.peek(length, leftMs) : 'timeout';
}

function newReader({ protocol, helloMaxBytes }: InspectSettings, first: number): HeadReader {
  const isTls = protocol === 'tls' || (protocol === 'auto' && startsTls(first));
  return isTls ? new TlsHeadReader(helloMaxBytes) : new HttpHeadReader(helloMaxBytes);
}

function refused(reading: Unreadable, { protocol }: InspectSettings, head: Buffer): Ended {
  if (reading.kind === 'too-large') return new Ended('hello-too-large');
  if (reading.kind === 'malformed') return new Ended('malformed', reading.detail);
  if (protocol === 'tls') return new Ended('not-tls', looksLikeRequest(head) ? 'HTTP' : '');
  return new Ended('malformed', startsTls(head[0]!) ? 'TLS or SSL' : 'neither TLS nor HTTP');
}

/** The client's bytes, `length` so far, stopped before the head was whole. */
function cutShort(end: Exclude<PeekEnd, 'more'>, length: number): Ended {
  if (end === 'closed') return new Ended('shutdown');
  if (length === 0) return new Ended('client-silent', end);
  return end === 'timeout' ? new Ended('hello-timeout') : new Ended('hello-aborted', end);
}
