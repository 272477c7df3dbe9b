import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';

test('a route file that is written again takes effect without a restart', async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [one.address] } } });
  const ask = (name: string) => askTls(sluice.address(), name);
  assert.equal(await ask(NAME), 'one');

  await sluice.writeRoutes({
    [NAME]: { backends: [two.address] },
    'new.example.test': { backends: [one.address] },
  });
  await eventually(async () => (await ask(NAME)) === 'two');
  assert.equal(await ask('new.example.test'), 'one');

  await sluice.writeRoutes({ 'new.example.test': { backends: [one.address] } });
  await eventually(async () => (await ask(NAME)) === 'alert 112');
  assert.equal(await ask('new.example.test'), 'one');
});

test('a route file that breaks is reported, and the routes stay until it is mended', async () => {
  await using one = await startNamedBackend('one');
  await using two = await startNamedBackend('two');
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [one.address] } } });
  // A list is JSON, but no mapping of hosts.
  await sluice.writeRoutes([NAME]);
  const { level, problem } = await sluice.waitForLog(
    ({ msg }) => msg?.startsWith('the routes file cannot be used') === true,
  );
  assert.equal(level, 'error');
  assert.match(String(problem), /routes\.json: is not a mapping of hosts/);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  assert.equal((await sluice.admin('/readyz')).status, 200);
  await sluice.waitForMetric('sluice_route_source_up', { source: 'file' }, 0);

  await sluice.writeRoutes({ [NAME]: { backends: [two.address] } });
  await eventually(async () => (await askTls(sluice.address(), NAME)) === 'two');
  await sluice.waitForMetric('sluice_route_source_up', { source: 'file' }, 1);
});

test('a mistake in one route is reported, and the others are served', async () => {
  await using one = await startNamedBackend('one');
  await using sluice = await startSluice({ routes: {} });
  await sluice.writeRoutes({
    [NAME]: { backends: [one.address, '10.0.0.1:port'] },
    'Upper.example.test': { backends: [one.address] },
    'empty.example.test': {},
  });
  await eventually(async () => (await askTls(sluice.address(), NAME)) === 'one');
  assert.equal(await askTls(sluice.address(), 'upper.example.test'), 'alert 112');
  const complaints = sluice.log().filter(({ msg }) => msg === 'left out of the routes');
  const words = complaints.map(({ route, reason }) => `${String(route)} ${String(reason)}`);
  assert.deepEqual(words.sort(), [
    'Upper.example.test has upper case: names are looked up in lower case',
    `${NAME} has a port that is not 1 to 65535`,
    'empty.example.test has no list of `backends`',
  ]);
});

test('a session goes on with its backend when the route loses it', async () => {
  // The first session is held; whoever comes before the reload is told to try again.
  await using old = await startRawBackend({
    onConnection: ({ socket }) => void (old.accepted > 1 && socket.destroy()),
  });
  await using next = await startNamedBackend('next');
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [old.address] } } });
  await using client = await connectRaw(sluice.address());
  const hello = clientHello(NAME);
  await client.send(hello);
  await using connection = await old.accept();
  await connection.read(hello.length);

  await sluice.writeRoutes({ [NAME]: { backends: [next.address] } });
  await eventually(async () => (await askTls(sluice.address(), NAME)) === 'next');
  await client.send('ping');
  await connection.read(hello.length + 4);
  await connection.send('pong');
  assert.equal((await client.read(4)).toString(), 'pong');
});
