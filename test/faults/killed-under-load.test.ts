import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { listen } from '../support/listening.ts';
import { sumOf } from '../support/metrics.ts';
import { Program } from '../support/program.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { ask, unserved, type Seen } from './load.ts';

const NAME = 'app.example.test';
const WIDTH = 24;
/** Sessions before a backend is killed, and after. */
const BEFORE = 500;
const AFTER = 1500;
const BETWEEN = 400;

// Answers the first bytes of every connection with its name, on the socket it inherits.
const BACKEND = `require('net').createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('data', () => socket.end(process.argv[1]));
}).listen({ fd: 3 });`;

interface World extends AsyncDisposable {
  readonly sluice: Sluice;
  readonly backends: readonly Program[];
}

async function startWorld(names: readonly string[], args: readonly string[]): Promise<World> {
  const places = await Promise.all(names.map(() => listen()));
  const addresses = places.map(({ address }) => address);
  const backends = places.map(
    ({ server }, index) =>
      new Program([process.execPath, '-e', BACKEND, names[index]!], { listening: server }),
  );
  const sluice = await startSluice({ routes: { [NAME]: { backends: addresses } }, args });
  return {
    sluice,
    backends,
    async [Symbol.asyncDispose]() {
      await sluice[Symbol.asyncDispose]();
      for (const backend of backends) await backend[Symbol.asyncDispose]();
    },
  };
}

async function killDuring(
  t: TestContext,
  { sluice, backends }: World,
  killed: number[],
): Promise<Seen> {
  const address = sluice.address();
  let next = BEFORE;
  const seen = await ask({
    address,
    name: NAME,
    width: WIDTH,
    until: BEFORE + AFTER,
    onAnswer(_, asked) {
      // One after the other: a hello that two of them die with is shown to no third.
      if (asked < next) return;
      next += BETWEEN;
      const index = killed.shift();
      if (index !== undefined) backends[index]!.signal('SIGKILL');
    },
  });
  const metrics = await sluice.metrics();
  const retries = sumOf(metrics, 'sluice_backend_retries_total');
  const denied = sumOf(metrics, 'sluice_retry_budget_exhausted_total');
  t.diagnostic(`${JSON.stringify(seen)}, ${retries} retries, ${denied} denied`);
  return seen;
}

test('one of three backends is killed under load: no client sees an error', async (t) => {
  await using world = await startWorld(['one', 'two', 'three'], []);
  const seen = await killDuring(t, world, [0]);
  assert.equal(unserved(seen, 'one', 'two', 'three'), 0);
  assert.ok(seen.answers['one']! > 0, 'the one that was killed had served');
});

test('all but one of three backends are killed under load: no client sees an error', async (t) => {
  await using world = await startWorld(['one', 'two', 'three'], []);
  const seen = await killDuring(t, world, [0, 1]);
  assert.equal(unserved(seen, 'one', 'two', 'three'), 0);
});
