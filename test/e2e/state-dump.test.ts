import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusingAddress } from '../support/dead-addresses.ts';
import { answerTo, openSession, sendHello, startGreeter } from '../support/greeter.ts';
import { startSluice, type LogLine, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const FULL = 'full.example.test';
const SEVERAL = process.env['TEST_ENGINE'] === 'net' ? [] : ['--workers=3'];
const MAX_LINE = 16_384;

test('SIGQUIT logs all that the edge does, and the edge goes on', async () => {
  await using backend = await startGreeter();
  await using dead = await refusingAddress();
  await using sluice = await startSluice({
    routes: {
      [NAME]: { backends: [backend.address, dead.address] },
      [FULL]: { backends: [`${backend.address}?max=1`] },
    },
    args: [...SEVERAL, '--queue-timeout=1m', '--max-connections=1234', '--eject-for=10m'],
  });
  await using _first = await openSession(sluice.address(), FULL);
  await using waiting = await sendHello(sluice.address(), FULL);
  await sluice.waitForMetric('sluice_connections_active', { state: 'waiting' }, 1);
  await eventually(async () => {
    (await openSession(sluice.address(), NAME)).reset();
    return (await sluice.metrics()).get('sluice_backends_ejected') === 1;
  });
  await sluice.waitForMetric('sluice_connections_active', { state: 'relaying' }, 1);

  const state = await dump(sluice);
  assert.deepEqual(pick(part(state, 'sessions')['live'], 'relaying', 'waiting'), {
    relaying: 1,
    waiting: 1,
  });
  assert.equal(part(state, 'edge')['ready'], true);
  assert.equal(part(state, 'limits')['maxConnections'], 1234);
  assert.equal(part(state, 'source')['kind'], 'file');
  assert.equal(part(state, 'runtime')['queued'], 1);
  assert.equal(part(state, 'workers')['length'], SEVERAL.length === 0 ? 1 : 3);
  const [worst] = Object.values(part(state, 'backends')) as Record<string, unknown>[];
  assert.deepEqual(pick(worst, 'address', 'state'), { address: dead.address, state: 'ejected' });
  assert.match(String(worst!['cause']), /^clients could not be served/);
  const phases = state['session']!.map(({ host, phase, live }) => [host, phase, live]);
  assert.deepEqual(phases.sort(), [
    [FULL, 'relaying', true],
    [FULL, 'waiting', true],
  ]);

  await dump(sluice);
  _first.reset();
  assert.equal(await answerTo(waiting), 'hi');
  waiting.reset();
  assert.deepEqual(await sluice.stop('SIGINT'), { code: 0, signal: null });
});

test('a dump of many sessions names the oldest, and is bounded', async () => {
  await using backend = await startGreeter();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  const oldest = await openSession(sluice.address(), NAME);
  const port = oldest.localAddress;
  const clients = [oldest];
  for (let n = 0; n < 15; n++)
    clients.push(
      ...(await Promise.all(Array.from({ length: 10 }, () => openSession(sluice.address(), NAME)))),
    );
  const { session } = await dump(sluice);
  assert.equal(session!.length, 100);
  assert.equal(session![0]!['client'], port);
  for (const client of clients) client.reset();
});

type State = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Ask for the state: its parts by their names. */
async function dump(sluice: Sluice): Promise<State> {
  const before = sluice.log().length;
  sluice.signal('SIGQUIT');
  const lines = await eventually(() => {
    const said = sluice.log().slice(before).filter(isDump);
    return said.some(isLast) ? said : null;
  });
  const state: Record<string, Readonly<Record<string, unknown>>[]> = {};
  for (const line of lines) {
    assert.ok(JSON.stringify(line).length < MAX_LINE);
    (state[String(line['dump'])] ??= []).push(line['state'] as Record<string, unknown>);
  }
  return state;
}

/** A part that is told of in one line. */
function part(state: State, name: string): Readonly<Record<string, unknown>> {
  assert.equal(state[name]?.length, 1, name);
  return state[name][0]!;
}

function isDump({ dump: name }: LogLine): boolean {
  return name !== undefined;
}

function isLast({ msg }: LogLine): boolean {
  const [, place, count] = /^SIGQUIT: state (\d+) of (\d+)$/.exec(msg ?? '') ?? [];
  return place !== undefined && place === count;
}

function pick(from: unknown, ...names: readonly string[]): Record<string, unknown> {
  const row = from as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, row[name]]));
}
