import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alpn, clientHello } from '../../support/client-hello.ts';
import { curl } from '../../support/curl.ts';
import { startHttpBackend } from '../../support/http-backend.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { startSluice, type Sluice } from '../../support/sluice.ts';
import { startTail, type Tail } from '../../support/tail.ts';
import { eventually } from '../../support/wait.ts';

const NAME = 'app.example.test';
const UNKNOWN = 'unknown.example.test';

test('beyond its rate sessions are not shown, and none is left uncounted', async () => {
  await using sluice = await startSluice();
  await using tail = await startTail(sluice, ['--json', '--rate', '5']);
  let asked = 0;
  await eventually(async () => {
    asked += await askMany(sluice, 40);
    return tail.seen().some(({ missed }) => missed !== undefined);
  });
  await eventually(() => countOf(tail) === asked);
});

test('a reader that does not read costs the edge no session, and sees or is told of every one', async () => {
  await using site = await startHttpBackend({ name: 'site' });
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [site.address] } } });
  await using tail = await startTail(sluice, ['--json', '--rate', '1000']);
  tail.program.child.stdout!.pause();
  let asked = 0;
  for (let round = 0; round < 30; round++) asked += await askMany(sluice, 40);
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'unknown-host' }, asked);
  const answer = await curl(`http://${NAME}/`, { via: sluice.address(1) });
  assert.equal(answer.echo['backend'], 'site');

  tail.program.child.stdout!.resume();
  await eventually(() => countOf(tail) === asked + 1);
});

test('Ctrl-C ends a tail whose reader is stuck', async () => {
  await using sluice = await startSluice();
  await using tail = await startTail(sluice, ['--json', '--rate', '1000']);
  tail.program.child.stdout!.pause();
  for (let round = 0; round < 20; round++) await askMany(sluice, 40);
  const exited = new Promise((resolve) => tail.program.child.once('exit', resolve));
  tail.program.signal('SIGINT');
  assert.equal(await exited, 0);
});

/** So many sessions with lines as long as they get. Resolves with how many when they are over. */
async function askMany(sluice: Sluice, count: number): Promise<number> {
  const offers = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(2) + '\x1b'.repeat(30));
  const hello = clientHello(UNKNOWN, [alpn(...offers)]);
  await Promise.all(Array.from({ length: count }, () => ask(sluice.address(), hello)));
  return count;
}

async function ask(address: string, hello: Buffer): Promise<void> {
  await using client = await connectRaw(address);
  await client.send(hello);
  await client.end();
}

/** Sessions that were shown and those that were not. */
function countOf(tail: Tail): number {
  return tail.seen().reduce((sum, { missed }) => sum + (missed ?? 1), 0);
}
