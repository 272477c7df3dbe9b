import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { parseHostPort } from '../../src/address.ts';
import { clientHello, helloOfLength, inRecords } from '../support/client-hello.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';
import { eventually } from '../support/wait.ts';

const RAW = 'raw.example.test';
const REAL = 'real.example.test';
const RECORD_HEADER_BYTES = 5;

const raw = await startRawBackend();
const real = await startTlsBackend({ name: 'real', names: [REAL] });
const sluice = await startSluice({
  routes: { [RAW]: { backends: [raw.address] }, [REAL]: { backends: [real.address] } },
});
after(async () => {
  for (const part of [sluice, raw, real]) await part[Symbol.asyncDispose]();
});

const HELLO = clientHello(RAW);
const NAME_AT = HELLO.indexOf(RAW);
const HEAD = Buffer.from(`POST / HTTP/1.1\r\nHost: ${RAW}\r\nContent-Length: 4\r\n\r\nbody`);

test('a hello in two segments reaches the backend as it was, wherever it was split', async () => {
  for (const at of [1, 5, 43, NAME_AT + 3, HELLO.length - 1]) {
    await assertPassed(sluice.address(0), [HELLO.subarray(0, at), HELLO.subarray(at)]);
  }
});

test('a request head in two segments reaches the backend as it was, wherever it was split', async () => {
  const end = HEAD.indexOf('\r\n\r\n') + 4;
  for (const at of [1, HEAD.indexOf(RAW) + 1, end - 1, end]) {
    await assertPassed(sluice.address(1), [HEAD.subarray(0, at), HEAD.subarray(at)]);
  }
});

test('bytes that come one by one reach the backend as they were', async () => {
  for (const [index, bytes] of [HELLO, HEAD].entries()) {
    await using client = await connectRaw(sluice.address(index));
    for (const byte of bytes) await client.send(Uint8Array.of(byte));
    await assertReceived(bytes);
  }
});

test('a hello of many segments reaches the backend as it was', async () => {
  const long = helloOfLength(RAW, 16_000);
  const pieces = [0, 1400, 2800, 9000].map((from, i, all) => long.subarray(from, all[i + 1]));
  await assertPassed(sluice.address(0), pieces);
});

for (const size of [1, 7, 100]) {
  test(`a real handshake succeeds whose hello is in records of ${size} bytes`, async () => {
    const ca = await readFile(real.certificate.ca);
    const { host, port } = parseHostPort(sluice.address(0))!;
    const socket = connectTcp({ host, port: port!, noDelay: true });
    const fragmenting = new Fragmenting(socket, size);
    const client = connectTls({ socket: fragmenting, servername: REAL, ca });
    try {
      await once(client, 'secureConnect');
      assert.equal(client.getPeerCertificate().subject.O, 'real');
    } finally {
      client.destroy();
      socket.destroy();
    }
  });
}

/** Send piece by piece, each one only when sluice has read those before it. */
async function assertPassed(address: string, pieces: readonly Buffer[]): Promise<void> {
  await using client = await connectRaw(address);
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await eventually(() => wasRead(client));
    await client.send(piece);
  }
  await assertReceived(Buffer.concat(pieces));
}

async function assertReceived(bytes: Buffer): Promise<void> {
  await using connection = await raw.accept();
  await connection.read(bytes.length);
  assert.ok(connection.bytes().equals(bytes));
  // A backend that leaves without a word would be tried again.
  await connection.send('!');
}

/** Whether nothing that the client sent waits in the kernel: proc(5), `/proc/net/tcp`. */
async function wasRead({ socket }: RawSocket): Promise<boolean> {
  const ourPort = `:${socket.localPort!.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  const row = fields.find(([, , remote]) => remote?.endsWith(ourPort) === true);
  return row?.[4]?.endsWith(':00000000') === true;
}

/** Passes everything on to a socket and back, but its first chunk, which is one TLS record, in many. */
class Fragmenting extends Duplex {
  readonly #socket: Socket;
  readonly #size: number;
  #isFirst = true;

  constructor(socket: Socket, size: number) {
    super();
    this.#socket = socket;
    this.#size = size;
    socket.on('data', (chunk) => this.push(chunk));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const message = chunk.subarray(RECORD_HEADER_BYTES);
    this.#socket.write(this.#isFirst ? inRecords(message, this.#size) : chunk, done);
    this.#isFirst = false;
  }
}
