import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket, type SocketConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Endpoint } from '../../../src/address.ts';
import { dial, type Connector } from '../../../src/dial/dial.ts';
import type { DialResult } from '../../../src/dial/failure.ts';

const LOCALHOST = '127.0.0.1';

test('a client is spared a closed port, a missing socket and a restart, on real sockets', async () => {
  await using restarting = await listen((socket) => socket.resetAndDestroy());
  const heads: string[] = [];
  await using living = await listen((socket) => {
    socket.on('data', (head) => {
      heads.push(head.toString());
      socket.write('reply');
    });
  });
  const left: Endpoint[] = [
    { ip: LOCALHOST, port: await closedPort() },
    { path: join(tmpdir(), 'sluice-no-such.sock') },
    { ip: LOCALHOST, port: portOf(restarting) },
    { ip: LOCALHOST, port: portOf(living) },
  ];
  const results: DialResult[] = [];
  const { backend, socket } = await dial<Endpoint, Socket>(
    {
      candidates: { next: () => left.shift() ?? null },
      head: () => Buffer.from('head'),
      firstBytes: (_, head) => head,
      protocol: 'tls',
      earlyData: false,
      connectTimeoutMs: 10_000,
      retries: 3,
      maySpend: () => true,
      isOver: () => false,
      now: () => performance.now(),
      wait: () => Promise.reject(new Error('nothing to wait for')),
      take: () => {},
      release: () => {},
      onAttempt: (result) => results.push(result),
    },
    CONNECTOR,
  );
  await once(socket, 'data');
  socket.destroy();
  assert.deepEqual(backend, { ip: LOCALHOST, port: portOf(living) });
  assert.deepEqual(results, ['refused', 'refused', 'reset', 'ok']);
  assert.deepEqual(heads, ['head']);
});

const CONNECTOR: Connector<Endpoint, Socket> = {
  connect: async (backend, first) => {
    const to: SocketConnectOpts =
      'path' in backend ? backend : { host: backend.ip, port: backend.port };
    const socket = connect(to);
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.write(first);
    return socket;
  },
  firstReply: (socket) =>
    new Promise((resolve) => {
      socket.once('data', () => resolve('answered'));
      socket.once('close', () => resolve('refused'));
    }),
  close: (socket) => socket.destroy(),
};

async function listen(onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  await once(server.listen(0, LOCALHOST), 'listening');
  return server;
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

async function closedPort(): Promise<number> {
  await using server = await listen(() => {});
  return portOf(server);
}
