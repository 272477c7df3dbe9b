import assert from 'node:assert/strict';
import type { TcpNetConnectOpts } from 'node:net';
import { clientHello } from '../../support/client-hello.ts';
import type { ExactEnd } from '../../support/exact-socket.ts';
import { connectRaw } from '../../support/raw-client.ts';
import type { RawSocket } from '../../support/raw-socket.ts';
import { NAME, type Edge } from './edge.ts';

/** A row of the table of terminations, made to happen. */
export interface Ending {
  /** What the client does and sees. */
  readonly title: string;
  /** Starts the edge. Rows with the same function share one. */
  readonly edge: () => Promise<Edge>;
  /** Do it, assert what the clients see, and say who they were: each one's session ends like this. */
  readonly happens: (edge: Edge) => Promise<readonly string[]>;
  /** Why its count cannot be scraped, where that is so. */
  readonly unscraped?: string;
  /** Why it cannot be made to happen here, where that is so. */
  readonly skip?: string | false;
}

export type Endings<Name extends string> = Readonly<Record<Name, Ending>>;

/** All that a client saw. */
export interface Seen {
  /** Its own address, as the access log has it. */
  readonly client: string;
  readonly bytes: Buffer;
  readonly end: ExactEnd;
}

/** Connect, send these bytes, and look on. */
export async function look(
  address: string,
  bytes: string | Uint8Array,
  options: Partial<TcpNetConnectOpts> = {},
): Promise<Seen> {
  await using client = await connectRaw(address, options);
  return await seeEnd(client, bytes);
}

/** The same with a client that is connected already. */
export async function seeEnd(client: RawSocket, bytes: string | Uint8Array): Promise<Seen> {
  await client.send(bytes);
  const end = await client.end();
  return { client: client.localAddress, bytes: client.bytes(), end };
}

/** A request for a host. */
export function requestFor(host: string): string {
  return `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
}

/** The client was sent this fatal alert of TLS 1.2 and 1.3 (RFC 8446 section 6), and a FIN. */
export function assertAlert({ bytes, end }: Seen, alert: number): void {
  assert.deepEqual({ bytes: [...bytes], end }, { bytes: [21, 3, 3, 0, 2, 2, alert], end: 'ended' });
}

/** The client was sent a whole HTTP reply with this status, and a FIN. Resolves to the reply. */
export function assertReply({ bytes, end }: Seen, status: number): string {
  const reply = bytes.toString();
  assert.match(reply, new RegExp(`^HTTP/1\\.1 ${status} [\\x20-\\x7e]+\r\n`));
  const [head, body] = reply.split('\r\n\r\n');
  assert.match(head!, new RegExp(`\r\nContent-Length: ${body!.length}\r\n`));
  assert.match(head!, /\r\nConnection: close$/);
  assert.equal(end, 'ended');
  return reply;
}

/** The client was sent nothing but a FIN. */
export function assertClosed({ bytes, end }: Seen): void {
  assert.deepEqual({ bytes: bytes.length, end }, { bytes: 0, end: 'ended' });
}

/** Both ends of a session whose relay is under way. */
export interface Relayed {
  readonly client: RawSocket;
  readonly connection: RawSocket;
}

/** Open a session to `NAME`. Resolves when the client has read the first byte of its backend. */
export async function openSession({ tls, backend }: Edge): Promise<Relayed> {
  const hello = clientHello(NAME);
  const client = await connectRaw(tls);
  await client.send(hello);
  const connection = await backend.accept();
  await connection.read(hello.length);
  await connection.send('!');
  await client.read(1);
  return { client, connection };
}
