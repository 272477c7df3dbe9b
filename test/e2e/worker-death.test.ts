import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { openSockets } from '../support/descriptors.ts';
import { makeFolder, type Folder } from '../support/folder.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const PRELOAD = join(import.meta.dirname, '../support/unruly-workers.js');
const HELLO = clientHello('app.test');
const GREETING = 'hi';
const SESSIONS = 12;
const skip = process.platform === 'linux' ? false : 'the epoll engine needs Linux';

test(
  'a worker that dies takes its own sessions with it, no others, and is replaced',
  { skip },
  async () => {
    await using faults = await makeFolder();
    await using backend = await startGreeter();
    await using sluice = await startUnruly(faults, backend);
    const before = openSockets(sluice);
    const doomed = await greetThroughOther(sluice, faults, 1);
    const spared = await greetThroughOther(sluice, faults, 0);

    await killWorkers(sluice, faults, [0]);
    for (const client of doomed) await client.end();
    await sluice.waitForMetric('sluice_worker_lost_sessions_total', {}, SESSIONS);
    await sluice.waitForMetric('sluice_connections_active', {}, SESSIONS);
    await sluice.waitForMetric('sluice_worker_restarts_total', {}, 1);
    await sluice.waitForMetric('sluice_workers_running', {}, 2);

    const late = await greet(sluice);
    for (const client of [...spared, late]) client.reset();
    await sluice.waitForMetric(
      'sluice_sessions_total',
      { termination: 'client-aborted' },
      SESSIONS + 1,
    );
    await sluice.waitForMetric('sluice_connections_active', {}, 0);
    await eventually(() => openSockets(sluice) <= before);
  },
);

test(
  'who connects while no worker is alive waits in the queue, and is served',
  { skip },
  async () => {
    await using faults = await makeFolder();
    await using backend = await startGreeter();
    await using sluice = await startUnruly(faults, backend);
    let waiting: RawSocket[] = [];
    await killWorkers(sluice, faults, [0, 1], async () => {
      waiting = await Promise.all(
        Array.from({ length: SESSIONS }, () => connectRaw(sluice.address())),
      );
    });
    for (const client of waiting) {
      await client.send(HELLO);
      assert.equal((await client.read(GREETING.length)).toString(), GREETING);
    }
  },
);

/** A sluice with two workers that do as the files in `faults` say. */
function startUnruly(faults: Folder, backend: RawBackend): Promise<Sluice> {
  return startSluice({
    listeners: ['tls://127.0.0.1:0'],
    routes: { 'app.test': { backends: [backend.address] } },
    args: ['--engine=epoll', '--workers=2'],
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, FAULTS: faults.path },
  });
}

function startGreeter(): Promise<RawBackend> {
  return startRawBackend({ onConnection: (connection) => void connection.send(GREETING) });
}

async function greet(sluice: Sluice): Promise<RawSocket> {
  const client = await connectRaw(sluice.address());
  await client.send(HELLO);
  assert.equal((await client.read(GREETING.length)).toString(), GREETING);
  return client;
}

/** Sessions of the other worker, for this one stands still. */
async function greetThroughOther(
  sluice: Sluice,
  faults: Folder,
  stalled: number,
): Promise<RawSocket[]> {
  await writeFile(faults.file(`stall-${stalled}`), '');
  await eventually(() => existsSync(faults.file(`stalled-${stalled}`)));
  const clients: RawSocket[] = [];
  for (let i = 0; i < SESSIONS; i++) clients.push(await greet(sluice));
  await rm(faults.file(`stall-${stalled}`));
  return clients;
}

/** Let these workers die, and whoever takes their place live. `meanwhile` runs while none of them does. */
async function killWorkers(
  sluice: Sluice,
  faults: Folder,
  workers: readonly number[],
  meanwhile = async () => {},
): Promise<void> {
  for (const worker of workers) await writeFile(faults.file(`die-${worker}`), '');
  for (const worker of workers) {
    await sluice.waitForLog((line) => /died/.test(line.msg ?? '') && line['worker'] === worker);
  }
  await meanwhile();
  for (const worker of workers) await rm(faults.file(`die-${worker}`));
}
