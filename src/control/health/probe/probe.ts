import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../../../address.ts';
import { dialFailure } from '../../../dial/failure.ts';
import { localHeader } from '../../../dial/proxy-header.ts';
import type { ProxyMode } from '../../../proxy-protocol.ts';
import { probeHello } from './hello.ts';
import { MAX_REPLY_BYTES, readHttpReply, readTlsReply } from './reply.ts';
import { PROBE_OK, type ProbeKind, type ProbeVerdict, type StatusRange } from './verdict.ts';

/** What is probed, and as whom. */
export interface ProbeTarget {
  readonly kind: ProbeKind;
  readonly endpoint: Endpoint;
  readonly proxy: ProxyMode;
  /** The name asked for; `null` for none. */
  readonly name: string | null;
  /** No route says that the backend has this very name. */
  readonly isGuess: boolean;
  readonly alpn: string | null;
  readonly path: string;
  readonly status: StatusRange;
}

/** How all probes of an edge are made. */
export interface ProbeManner {
  readonly timeoutMs: number;
  /** Where sessions are dialled from: the first of the backend's family that has a port for it. Empty: the kernel's choice. */
  readonly sources: readonly string[];
}

/** What one attempt found, from one local address. */
interface Found extends ProbeVerdict {
  /** It had no port to dial from: another address may have one. */
  readonly isOutOfPorts?: true;
}

/** Connect, send what the kind asks for, and judge the first bytes back. Never rejects. */
export async function probe(
  target: ProbeTarget,
  { timeoutMs, sources }: ProbeManner,
  aborted: AbortSignal,
): Promise<ProbeVerdict> {
  const [first = null, ...others] = sourcesFor(target.endpoint, sources);
  let found = await probeFrom(first, target, { timeoutMs, aborted });
  for (const source of others) {
    // That is known at once: the time for a probe is hardly touched.
    if (found.isOutOfPorts !== true) break;
    found = await probeFrom(source, target, { timeoutMs, aborted });
  }
  return { result: found.result, why: found.why };
}

interface Limits {
  readonly timeoutMs: number;
  readonly aborted: AbortSignal;
}

/** From this local address; `null` leaves it to the kernel. */
function probeFrom(
  source: string | null,
  target: ProbeTarget,
  { timeoutMs, aborted }: Limits,
): Promise<Found> {
  return new Promise((resolve) => {
    const socket = socketTo(target.endpoint, source);
    if ('result' in socket) return resolve(socket);
    const attempt = new Attempt(socket, target, (verdict) => {
      clearTimeout(timer);
      aborted.removeEventListener('abort', abort);
      socket.destroy();
      resolve(verdict);
    });
    const abort = () => attempt.end(ownTrouble('was not finished: sluice is stopping'));
    const timer = setTimeout(() => attempt.timeOut(timeoutMs), timeoutMs);
    aborted.addEventListener('abort', abort);
    if (aborted.aborted) abort();
  });
}

class Attempt {
  readonly #target: ProbeTarget;
  #end: ((found: Found) => void) | null;
  #isConnected = false;
  #reply = Buffer.alloc(0);

  constructor(socket: Socket, target: ProbeTarget, end: (found: Found) => void) {
    this.#target = target;
    this.#end = end;
    socket.on('connect', () => this.#connected(socket));
    socket.on('data', (bytes) => this.#received(bytes));
    socket.on('end', () => this.#closed('was closed'));
    socket.on('error', (error) => this.#failed(error));
  }

  /** The first verdict holds. */
  end(found: Found): void {
    const end = this.#end;
    this.#end = null;
    end?.(found);
  }

  timeOut(timeoutMs: number): void {
    const what = this.#isConnected ? 'was not answered' : 'could not connect';
    this.end({ result: 'timeout', why: `${what} within ${timeoutMs} ms` });
  }

  #connected(socket: Socket): void {
    this.#isConnected = true;
    const { kind, proxy } = this.#target;
    if (proxy !== 'off') socket.write(localHeader(proxy));
    if (kind === 'tcp') {
      // The header has to leave before the end does.
      socket.end(() => this.end(PROBE_OK));
      return;
    }
    socket.write(kind === 'tls' ? probeHello(this.#target) : requestOf(this.#target));
  }

  #received(bytes: Buffer): void {
    if (this.#end === null) return;
    const { kind, isGuess, status } = this.#target;
    if (kind === 'tcp') return;
    const reply = Buffer.concat([this.#reply, bytes]).subarray(0, MAX_REPLY_BYTES);
    this.#reply = reply;
    const verdict = kind === 'tls' ? readTlsReply(reply, isGuess) : readHttpReply(reply, status);
    if (verdict !== null) return this.end(verdict);
    if (reply.length === MAX_REPLY_BYTES)
      this.end({ result: 'not-understood', why: 'was answered with too much' });
  }

  #failed(error: Error): void {
    const failure = dialFailure(error);
    const ours = ownTrouble(`failed for want of our own: ${codeOf(error)}`);
    if (failure === 'resources') return this.end(ours);
    if (failure === 'source-ports') return this.end({ ...ours, isOutOfPorts: true });
    if (this.#isConnected) return this.#closed('was reset');
    this.end({ result: 'refused', why: `could not connect: ${codeOf(error)}` });
  }

  #closed(how: string): void {
    // Who closes on a connect without a word was connected to, which is all that was asked.
    if (this.#target.kind === 'tcp') return this.end(PROBE_OK);
    this.end({ result: 'closed', why: `${how} without an answer` });
  }
}

// What is thrown has not left this machine: it says nothing about the backend.
function socketTo(endpoint: Endpoint, source: string | null): Socket | ProbeVerdict {
  try {
    return connect({ ...placeOf(endpoint, source), noDelay: true });
  } catch (error) {
    return ownTrouble(`could not be made: ${codeOf(error)}`);
  }
}

function sourcesFor(endpoint: Endpoint, sources: readonly string[]): readonly string[] {
  if ('path' in endpoint) return [];
  return sources.filter((source) => source.includes(':') === endpoint.ip.includes(':'));
}

function placeOf(endpoint: Endpoint, source: string | null) {
  if ('path' in endpoint) return { path: endpoint.path };
  const { ip, port } = endpoint;
  return { host: ip, port, ...(source !== null && { localAddress: source }) };
}

function requestOf({ path, name, endpoint }: ProbeTarget): string {
  const host = name ?? ('ip' in endpoint ? plainHost(endpoint.ip) : 'localhost');
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'User-Agent: sluice-probe'];
  return `${[...lines, 'Accept: */*', 'Connection: close'].join('\r\n')}\r\n\r\n`;
}

function plainHost(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function ownTrouble(why: string): ProbeVerdict {
  return { result: 'no-resources', why };
}
