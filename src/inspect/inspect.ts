import { performance } from 'node:perf_hooks';
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
  /** Wait until `head` is longer than `length`, for at most `timeoutMs`: no promise where that is known at once. Never rejects. */
  peek(length: number, timeoutMs: number): PeekEnd | Promise<PeekEnd>;
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
  /**
   * Told of the PROXY header before the hello is waited for; `local` when it leaves the real addresses
   * to count. What it throws is thrown.
   */
  readonly onProxyHeader?: (proxied: ProxiedAddresses | 'local') => void;
}

type Unreadable = Exclude<Reading, { kind: 'hello' | 'incomplete' }>;

/** Milliseconds from some fixed point, never going back. */
type Clock = () => number;

const monotonicMs: Clock = () => performance.now();

/**
 * Look at the first bytes of a client for where it wants to go: no promise where they are there. Takes
 * nothing from it but an expected PROXY header. Call it at accept: the timeout is one deadline for all,
 * however the bytes drip.
 *
 * Throws or rejects with `Ended`: `client-silent` without a byte · `hello-timeout` · `hello-aborted` when
 * it ended or reset in the middle · `hello-too-large` · `malformed` · `not-tls` · `bad-proxy-header` ·
 * `shutdown` when it was closed by us meanwhile.
 */
export function inspect(
  client: PeekSource,
  settings: InspectSettings,
  now: Clock = monotonicMs,
): Hello | Promise<Hello> {
  const head = new WatchedHead(client, now, settings.helloTimeoutMs);
  const reading = new HelloReading(head, settings);
  return settings.expectProxyHeader ? readBehindProxyHeader(head, reading) : readHello(reading);
}

async function readBehindProxyHeader(head: WatchedHead, reading: HelloReading): Promise<Hello> {
  const proxied = await acceptProxyHeader(head);
  reading.settings.onProxyHeader?.(proxied);
  return readHello(reading);
}

/** Takes the header off the head. */
async function acceptProxyHeader(head: WatchedHead): Promise<ProxiedAddresses | 'local'> {
  for (;;) {
    const { bytes } = head;
    const verdict = parseProxyHeader(bytes);
    if (verdict.kind === 'malformed') throw new Ended('bad-proxy-header', verdict.detail);
    if (verdict.kind !== 'incomplete') {
      head.client.consume(verdict.length);
      return verdict.kind === 'proxied' ? verdict.addresses : 'local';
    }
    const end = await head.more();
    if (end === 'timeout' && bytes.length > 0) throw new Ended('bad-proxy-header', 'unfinished');
    if (end !== 'more') throw cutShort(end, bytes.length);
  }
}

// Most hellos have come by the time their client is accepted: those cost no promise.
function readHello(reading: HelloReading): Hello | Promise<Hello> {
  const hello = reading.read();
  if (hello !== null) return hello;
  const end = reading.head.more();
  if (typeof end !== 'string') return waitForHello(reading, end);
  return reading.readOn(end) ?? waitForHello(reading, reading.head.more());
}

async function waitForHello(
  reading: HelloReading,
  first: PeekEnd | Promise<PeekEnd>,
): Promise<Hello> {
  let hello = reading.readOn(await first);
  while (hello === null) hello = reading.readOn(await reading.head.more());
  return hello;
}

/** The head of a client, watched until one deadline. */
class WatchedHead {
  readonly client: PeekSource;
  readonly #now: Clock;
  readonly #deadline: number;

  constructor(client: PeekSource, now: Clock, timeoutMs: number) {
    this.client = client;
    this.#now = now;
    this.#deadline = now() + timeoutMs;
  }

  get bytes(): Buffer {
    return this.client.head;
  }

  /** Wait until there are more bytes than now. */
  more(): PeekEnd | Promise<PeekEnd> {
    const leftMs = this.#deadline - this.#now();
    return leftMs > 0 ? this.client.peek(this.bytes.length, leftMs) : 'timeout';
  }
}

/** Reads a hello from a head that grows. */
class HelloReading {
  readonly head: WatchedHead;
  readonly settings: InspectSettings;
  #reader: HeadReader | null = null;

  constructor(head: WatchedHead, settings: InspectSettings) {
    this.head = head;
    this.settings = settings;
  }

  /** `null` until it is whole. Throws `Ended` where it will never be one. */
  read(): Hello | null {
    const { bytes } = this.head;
    if (bytes.length === 0) return null;
    this.#reader ??= newReader(this.settings, bytes[0]!);
    const reading = this.#reader.read(bytes);
    if (reading.kind === 'hello') return reading.hello;
    if (reading.kind === 'incomplete') return null;
    throw refused(reading, this.settings, bytes);
  }

  /** The same after waiting for more. */
  readOn(end: PeekEnd): Hello | null {
    if (end !== 'more') throw cutShort(end, this.head.bytes.length);
    return this.read();
  }
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
