import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';

const NAME = 'app.example.test';

test('round-robin takes turns by weight, always in the same order', async () => {
  await using a = await startNamedBackend('a');
  await using b = await startNamedBackend('b');
  await using c = await startNamedBackend('c');
  await using sluice = await startSluice({
    routes: {
      [NAME]: { backends: [a.address, b.address, c.address] },
      '*.example.test': { backends: [`${a.address}?weight=5`, b.address, c.address] },
    },
    args: ['--balance', 'round-robin'],
  });
  const ask = async (count: number, name: (turn: number) => string) => {
    let answers = '';
    for (let turn = 0; turn < count; turn++) answers += await askTls(sluice.address(), name(turn));
    return answers;
  };
  assert.equal(await ask(7, () => NAME), 'abcabca');
  // The order is nginx's; the names under a wildcard take turns with each other.
  assert.equal(await ask(14, (turn) => `name-${turn % 3}.example.test`), 'aabacaaaabacaa');
});

test('least-connections avoids the backend that is busy', async () => {
  await using a = await startHolding('a');
  await using b = await startHolding('b');
  await using sluice = await startSluice({ routes: routeTo(a.address, b.address) });
  await using first = await hold(sluice);
  const other = first.backend === 'a' ? 'b' : 'a';
  assert.equal(await oneAfterAnother(sluice, 6), other.repeat(6));
  await using second = await hold(sluice);
  await using third = await hold(sluice);
  await using fourth = await hold(sluice);
  assert.equal(second.backend, other);
  assert.deepEqual([third.backend, fourth.backend].sort(), ['a', 'b']);
});

test('least-connections gives a backend of three times the weight three times the sessions', async () => {
  await using a = await startHolding('a');
  await using b = await startHolding('b');
  await using sluice = await startSluice({ routes: routeTo(`${a.address}?weight=3`, b.address) });
  const held: Held[] = [];
  for (let i = 0; i < 8; i++) held.push(await hold(sluice));
  assert.equal(
    held
      .map(({ backend }) => backend)
      .sort()
      .join(''),
    'aaaaaabb',
  );
  for (const { client } of held) client.socket.destroy();
});

test('a backend is as busy as before when its route has changed', async () => {
  await using a = await startHolding('a');
  await using b = await startHolding('b');
  await using sluice = await startSluice({ routes: routeTo(a.address, b.address) });
  await using first = await hold(sluice);
  const other = first.backend === 'a' ? 'b' : 'a';
  await sluice.writeRoutes(routeTo(`${a.address}?proxy=off`, `${b.address}?proxy=off`));
  await sluice.waitForMetric('sluice_route_sync_total', { trigger: 'invalidate' }, 1);
  assert.equal(await oneAfterAnother(sluice, 10), other.repeat(10));
});

test('random reaches every backend', async () => {
  await using a = await startNamedBackend('a');
  await using b = await startNamedBackend('b');
  await using c = await startNamedBackend('c');
  await using sluice = await startSluice({
    routes: routeTo(a.address, `${b.address}?weight=2`, c.address),
    args: ['--balance', 'random'],
  });
  const missing = new Set(['a', 'b', 'c']);
  while (missing.size > 0) missing.delete(await askTls(sluice.address(), NAME));
  assert.ok(a.accepted > 0 && b.accepted > 0 && c.accepted > 0);
});

/** A session that goes on. */
interface Held extends AsyncDisposable {
  readonly client: RawSocket;
  /** The name of the backend that has it. */
  readonly backend: string;
}

async function hold(sluice: Sluice): Promise<Held> {
  const client = await connectRaw(sluice.address());
  await client.send(clientHello(NAME));
  const backend = (await client.read(1)).toString();
  return { client, backend, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** The backends of as many sessions, each over before the next begins. */
async function oneAfterAnother(sluice: Sluice, count: number): Promise<string> {
  let backends = '';
  for (let i = 0; i < count; i++) {
    const { client, backend } = await hold(sluice);
    backends += backend;
    await client.finish();
    await client.end();
    await sluice.waitForSession((line) => line.client === client.localAddress);
  }
  return backends;
}

/** A backend that says its name, of one letter, and holds on until its client goes. */
function startHolding(name: string): Promise<RawBackend> {
  const answer = async (connection: RawSocket) => {
    connection.socket.on('end', () => connection.socket.end());
    await connection.read(1);
    await connection.send(name);
  };
  return startRawBackend({ onConnection: (connection) => void answer(connection) });
}

function routeTo(...backends: readonly string[]): object {
  return { [NAME]: { backends } };
}
