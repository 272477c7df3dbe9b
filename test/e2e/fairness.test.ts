import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { parseHostPort } from '../../src/address.ts';
import { clientHello } from '../support/client-hello.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const GREETING = 'hi';
const HELLO = clientHello('small.test');
const SMALL_SESSIONS = 100;
const ROUND_TRIPS = 200;
const FLOOD = 64;
const CHUNK = Buffer.alloc(1 << 20);

test('endless bulk streams leave other sessions of their worker their turn', async () => {
  await using bulk = await listen(pourForever);
  await using small = await startRawBackend({
    onConnection: (connection) => void connection.send(GREETING),
  });
  await using sluice = await start(bulk, small.address);
  const streams = Array.from({ length: 4 }, () => stream(sluice));
  await eventually(() => streams.every(({ received }) => received > 0));
  for (let i = 0; i < SMALL_SESSIONS; i++) {
    await using client = await connectRaw(sluice.address());
    await client.send(HELLO);
    assert.equal((await client.read(GREETING.length)).toString(), GREETING);
  }
  const before = streams.map(({ received }) => received);
  await eventually(() => streams.every(({ received }, i) => received > before[i]!));
  for (const { client } of streams) client.destroy();
});

test('a flood of new connections leaves an established session its turn', async () => {
  await using bulk = await listen((client) => client.pipe(client));
  await using small = await startRawBackend({
    onConnection: (connection) => void connection.send(GREETING),
  });
  await using sluice = await start(bulk, small.address);
  const { host, port } = parseHostPort(sluice.address())!;
  const hello = clientHello('bulk.test');
  await using client = await connectRaw(sluice.address());
  await client.send(hello);
  await client.read(hello.length);
  const flood = { goesOn: true, done: 0 };
  // Each that is answered makes room for the next, so that there are always as many.
  const flooding = Array.from({ length: FLOOD }, async () => {
    for (; flood.goesOn; flood.done++) await visit(host, port!);
  });
  for (let sent = 1; sent <= ROUND_TRIPS; sent++) {
    await client.send(GREETING);
    const all = await client.read(hello.length + sent * GREETING.length);
    assert.equal(all.subarray(-GREETING.length).toString(), GREETING);
  }
  await eventually(() => flood.done > FLOOD);
  flood.goesOn = false;
  await Promise.all(flooding);
});

function start(bulk: Server, small: string): Promise<Sluice> {
  const { port } = bulk.address() as AddressInfo;
  return startSluice({
    listeners: ['tls://127.0.0.1:0'],
    routes: {
      'bulk.test': { backends: [`127.0.0.1:${port}`] },
      'small.test': { backends: [small] },
    },
    args: ['--access-log=off', '--workers=1'],
  });
}

/** Connect, say hello, and leave when there is an answer. */
function visit(host: string, port: number): Promise<void> {
  return new Promise((resolve) => {
    const client = connect({ host, port });
    client.on('error', () => {});
    client.write(HELLO);
    client.once('data', () => client.destroy());
    client.once('close', () => resolve());
  });
}

/** A client of the bulk backend that reads as fast as it can. */
function stream(sluice: Sluice): { readonly client: Socket; readonly received: number } {
  const { host, port } = parseHostPort(sluice.address())!;
  const client = connect({ host, port: port! });
  client.on('error', () => {});
  client.resume();
  client.write(clientHello('bulk.test'));
  return {
    client,
    get received() {
      return client.bytesRead;
    },
  };
}

function pourForever(client: Socket): void {
  const pour = () => {
    while (client.writable && client.write(CHUNK));
  };
  client.on('drain', pour);
  pour();
}

async function listen(onClient: (client: Socket) => void): Promise<Server> {
  const server = createServer((client) => {
    client.on('error', () => {});
    onClient(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
