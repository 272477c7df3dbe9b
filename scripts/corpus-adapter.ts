import type { IpEndpoint } from '../src/address.ts';
import { formatHostPort } from '../src/address.ts';
import type { Hello } from '../src/inspect/hello.ts';
import { HttpHeadReader } from '../src/inspect/http/http-head.ts';
import { parseProxyHeader } from '../src/inspect/proxy/proxy-header.ts';
import { TlsHeadReader } from '../src/inspect/tls/tls-head.ts';
import type { HeadReader, Reading } from '../src/inspect/verdict.ts';

// The most that --hello-max-bytes can be set to.
const LIMIT = 65_536;

interface Stream {
  push(chunk: Buffer): object;
}

/** The parsers of `src/inspect` as `check.mjs` of the corpus wants them: fed bytes, they say what they see. */
export function tlsStream(): Stream {
  return headStream(new TlsHeadReader(LIMIT), (reading) => ({
    kind: 'tls',
    sni: reading.hello.serverName,
    alpn: reading.hello.alpn,
  }));
}

export function httpStream(): Stream {
  const reader = new HttpHeadReader(LIMIT);
  return headStream(reader, () => ({ kind: 'http', host: reader.host }));
}

export function proxyStream(): Stream {
  const received = new Received();
  return { push: (chunk) => readProxyHeader(received.add(chunk)) };
}

function headStream<H extends Hello>(
  reader: HeadReader<H>,
  told: (reading: Extract<Reading<H>, { kind: 'hello' }>) => object,
): Stream {
  const received = new Received();
  return {
    push(chunk) {
      const reading = reader.read(received.add(chunk));
      if (reading.kind === 'hello') return told(reading);
      return { kind: reading.kind === 'incomplete' ? 'incomplete' : 'reject' };
    },
  };
}

function readProxyHeader(head: Buffer): object {
  const verdict = parseProxyHeader(head);
  if (verdict.kind === 'malformed') return { kind: 'reject' };
  if (verdict.kind !== 'proxied') return { kind: verdict.kind };
  const { source, destination } = verdict.addresses;
  const isV1 = head[0] === 'P'.charCodeAt(0);
  const isIpv6 = isV1 ? head.toString('latin1', 6, 10) === 'TCP6' : head[13] === 0x21;
  const said = (end: IpEndpoint) => formatHostPort(isIpv6 ? asIpv6(end.ip) : end.ip, end.port);
  return { kind: 'proxy', version: isV1 ? 1 : 2, src: said(source), dst: said(destination) };
}

// IPv4-mapped IPv6 is plain IPv4 to us; the corpus has it as it was sent.
function asIpv6(ip: string): string {
  return ip.includes(':') ? ip : `::ffff:${ip}`;
}

/** What a socket would have received: one growing buffer. */
class Received {
  #buffer = Buffer.alloc(1024);
  #length = 0;

  add(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      this.#buffer = Buffer.concat([this.#buffer], Math.max(length, 2 * this.#buffer.length));
    }
    this.#length += chunk.copy(this.#buffer, this.#length);
    return this.#buffer.subarray(0, this.#length);
  }
}
