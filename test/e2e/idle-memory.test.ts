import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { makeFolder, type Folder } from '../support/folder.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const PRELOAD = join(import.meta.dirname, '../support/weighed-workers.js');
const SESSIONS = 500;
const AT_A_TIME = 50;
const HELLO = clientHello('app.test');
const GREETING = 'hi';
const skip =
  process.env['TEST_ENGINE'] === 'net' || process.platform !== 'linux'
    ? 'the bound is that of the epoll engine: a socket of node:net alone takes more'
    : false;

/** Far enough away to refuse nobody; a route and a backend of their own count, too. */
const LIMITS = [
  '--max-connections=100000',
  '--max-connections-per-ip=100000',
  '--rate-per-ip=100000',
];

test('a session at rest takes less than 1 KB of the heap', { skip }, async () => {
  await holdTheBound({ backends: (address) => [address] });
});

test(
  'and no more where it is counted by its address, its route and its backend',
  { skip },
  async () => {
    await holdTheBound({
      backends: (address) => [`${address}?max=100000`],
      options: { 'max-connections': '100000' },
      args: LIMITS,
    });
  },
);

interface Edge {
  readonly backends: (address: string) => readonly string[];
  readonly options?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

async function holdTheBound({ backends, options = {}, args = [] }: Edge): Promise<void> {
  await using folder = await makeFolder();
  await using backend = await startRawBackend({
    onConnection: (connection) => void connection.send(GREETING),
  });
  await using sluice = await startSluice({
    listeners: ['tls://127.0.0.1:0'],
    routes: { 'app.test': { backends: backends(backend.address), ...options } },
    args: ['--access-log=off', '--workers=1', '--engine=epoll', ...args],
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, WEIGH_IN: folder.path },
  });
  // The first ones compile code and fill caches.
  const clients = await open(sluice);
  const before = await weigh(folder);
  clients.push(...(await open(sluice)));
  const each = ((await weigh(folder)) - before) / SESSIONS;
  for (const client of clients) client.reset();
  assert.ok(each > 100 && each < 1024, `${each} bytes a session`);
}

async function open(sluice: Sluice): Promise<RawSocket[]> {
  const clients: RawSocket[] = [];
  while (clients.length < SESSIONS) {
    clients.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, () => greet(sluice)))));
  }
  return clients;
}

async function greet(sluice: Sluice): Promise<RawSocket> {
  const client = await connectRaw(sluice.address());
  await client.send(HELLO);
  assert.equal((await client.read(GREETING.length)).toString(), GREETING);
  return client;
}

async function weigh(folder: Folder): Promise<number> {
  const weight = folder.file('weight');
  rmSync(weight, { force: true });
  writeFileSync(folder.file('weigh'), '');
  await eventually(() => existsSync(weight));
  return Number(readFileSync(weight, 'utf8'));
}
