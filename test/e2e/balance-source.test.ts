import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';

const NAME = 'app.example.test';
const HELLO = clientHello(NAME);
const CLIENTS = Array.from({ length: 24 }, (_, i) => `203.0.113.${i}`);
const ARGS = ['--accept-proxy', '127.0.0.0/8', '--balance', 'source'];

test('every edge sends a client to the same backend, and a lost one moves only its own clients', async () => {
  await using a = await startNamedBackend('a');
  await using b = await startNamedBackend('b');
  const c = await startNamedBackend('c');
  const backends = [a.address, b.address, c.address];
  const start = (order: readonly string[]) =>
    startSluice({ routes: { [NAME]: { backends: order } }, args: ARGS });
  await using one = await start(backends);
  await using two = await start(backends.toReversed());
  const before = await backendsOf(one);
  assert.equal(await backendsOf(two), before);
  assert.equal(await backendsOf(one), before);
  assert.match(before, /a/);
  assert.match(before, /c/);
  await c[Symbol.asyncDispose]();
  const after = await backendsOf(two);
  assert.doesNotMatch(after, /c/);
  assert.equal(kept(after, before), before.replaceAll('c', '-'));
  assert.equal(await backendsOf(one), after);
});

test('a route may go by the address of its clients where others do not, and all of a /64 is one', async () => {
  await using a = await startNamedBackend('a');
  await using b = await startNamedBackend('b');
  const addresses = [a.address, b.address];
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: addresses, balance: 'source' } },
    args: ['--accept-proxy', '127.0.0.0/8', '--balance', 'round-robin'],
  });
  const found = new Set<string>();
  for (let i = 0; found.size < 2; i++) {
    const answers = [1, 2, 3].map((host) => askAs(sluice, `2001:db8:0:${i}::${host}`));
    const [first, ...others] = await Promise.all(answers);
    assert.deepEqual(others, [first, first]);
    found.add(first!);
  }
});

/** The backend of every client, in one word. */
async function backendsOf(sluice: Sluice): Promise<string> {
  let answers = '';
  for (const client of CLIENTS) answers += await askAs(sluice, client);
  return answers;
}

function askAs(sluice: Sluice, client: string): Promise<string> {
  const family = client.includes(':') ? 'TCP6' : 'TCP4';
  const own = client.includes(':') ? '2001:db8::ffff' : '192.0.2.1';
  const header = Buffer.from(`PROXY ${family} ${client} ${own} 40000 443\r\n`);
  return ask(sluice.address(), Buffer.concat([header, HELLO]));
}

/** `after` where it is as `before`, and `-` where not. */
function kept(after: string, before: string): string {
  return after.replaceAll(/./g, (backend, i: number) => (backend === before[i] ? backend : '-'));
}
