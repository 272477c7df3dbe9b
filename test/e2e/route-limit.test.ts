import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { silentAddress } from '../support/dead-addresses.ts';
import { makeFolder } from '../support/folder.ts';
import {
  answerTo,
  firstAnswerOf,
  openSession,
  sendHello,
  startGreeter,
} from '../support/greeter.ts';
import type { RawBackend } from '../support/raw-backend.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const PRELOAD = join(import.meta.dirname, '../support/unruly-workers.js');
const NET = process.env['TEST_ENGINE'] === 'net';

test('a route takes as many sessions as it may have, of all workers and of both protocols', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: routeWith(backend, '5'),
    args: NET ? [] : ['--workers=4'],
  });
  const [tls, http] = sluice.addresses as [string, string];
  const clients = await Promise.all(Array.from({ length: 30 }, () => sendHello(tls, NAME)));
  const answers = await Promise.all(clients.map((client) => answerTo(client)));
  const admitted = clients.filter((_, i) => answers[i] === 'hi');
  assert.equal(admitted.length, 5);
  assert.equal(answers.filter((answer) => answer === 'alert 80').length, 25);
  assert.equal(await askHttp(http, NAME), 'HTTP 429');

  // Room is there again as soon as a session has ended, for as many as have.
  for (const client of admitted.slice(0, 2)) client.reset();
  await sluice.waitForMetric('sluice_connections_active', { state: 'relaying' }, 3);
  const late = [await openSession(tls, NAME), await openSession(tls, NAME)];
  assert.equal(await firstAnswerOf(tls, NAME), 'alert 80');
  for (const client of [...clients, ...late]) client.reset();
  await sluice.waitForMetric('sluice_connections_active', {}, 0);
  await using _again = await openSession(tls, NAME);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'limited' }, 27);
});

test('a session that reaches no backend leaves its room to others', async () => {
  await using silent = await silentAddress();
  const backends = [silent.address];
  await using sluice = await startSluice({
    routes: { [NAME]: { backends, 'max-connections': '1', 'connect-timeout': '50ms' } },
    args: ['--connect-retries=0'],
  });
  for (let i = 0; i < 3; i++) await askTls(sluice.address(), NAME);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'connect-timeout' }, 3);
});

test('a limit that changes is in force at once, and who was counted still is', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({ routes: routeWith(backend, '2') });
  const tls = sluice.address();
  await using _one = await openSession(tls, NAME);
  await using _two = await openSession(tls, NAME);
  await sluice.writeRoutes(routeWith(backend, '3'));
  await using _three = await eventually(() => openSession(tls, NAME));
  assert.equal(await firstAnswerOf(tls, NAME), 'alert 80');
  await sluice.writeRoutes({});
  await eventually(async () => (await firstAnswerOf(tls, NAME)) === 'alert 112');
  await sluice.writeRoutes(routeWith(backend, '3'));
  await eventually(async () => (await firstAnswerOf(tls, NAME)) === 'alert 80');
});

test('the room of sessions that went with their worker is there again', async () => {
  await using faults = await makeFolder();
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    listeners: ['tls://127.0.0.1:0'],
    routes: routeWith(backend, '1'),
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, FAULTS: faults.path },
  });
  const tls = sluice.address();
  await using doomed = await openSession(tls, NAME);
  assert.equal(await firstAnswerOf(tls, NAME), 'alert 80');
  await writeFile(faults.file('die-0'), '');
  await doomed.end();
  await sluice.waitForLog((line) => /died/.test(line.msg ?? ''));
  await rm(faults.file('die-0'));
  await using _next = await eventually(() => openSession(tls, NAME));
  assert.equal(await firstAnswerOf(tls, NAME), 'alert 80');
});

function routeWith(backend: RawBackend, limit: string): object {
  return { [NAME]: { backends: [backend.address], 'max-connections': limit } };
}
