import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHello } from '../support/client-hello.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const OTHER = 'other.example.test';

interface Opened extends AsyncDisposable {
  readonly client: RawSocket;
  readonly connection: RawSocket;
}

/** A session that is relayed. */
async function open(sluice: Sluice, backend: RawBackend, name = NAME): Promise<Opened> {
  const client = await connectRaw(sluice.address());
  await client.send(clientHello(name));
  const connection = await backend.accept();
  const opened = { client, connection, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
  await isAlive(opened);
  return opened;
}

/** What the backend says reaches the client. */
async function isAlive({ client, connection }: Opened): Promise<void> {
  await connection.send('?');
  await client.read(client.received + 1);
}

/** The edge knows of this change of its routes. */
async function routesAre(sluice: Sluice, isSo: (routes: string) => boolean): Promise<void> {
  await eventually(async () => isSo((await sluice.admin('/api/v1/routes')).body));
}

test('a backend that is taken away keeps its sessions and gets no new one', async () => {
  await using one = await startRawBackend();
  await using two = await startRawBackend();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [one.address] } } });
  await using old = await open(sluice, one);
  await sluice.writeRoutes({ [NAME]: { backends: [two.address] } });
  await routesAre(sluice, (routes) => !routes.includes(one.address));
  await using _new = await open(sluice, two);
  await isAlive(old);
  old.client.reset();
  const { termination, backend } = await sluice.waitForSession(
    (line) => line.backend === one.address,
  );
  assert.deepEqual([termination, backend], ['client-aborted', one.address]);
});

for (const drained of [false, true]) {
  const how = drained ? 'drained' : 'taken away';
  test(`with close the sessions of a backend that is ${how} are ended, and no others`, async () => {
    await using one = await startRawBackend();
    await using two = await startRawBackend();
    const both = { backends: [one.address, two.address], balance: 'round-robin' };
    await using sluice = await startSluice({
      routes: { [NAME]: both, [OTHER]: { backends: [one.address] } },
      args: ['--on-removed', 'close=200ms'],
    });
    await using gone = await open(sluice, one);
    await using stays = await open(sluice, two);
    await using elsewhere = await open(sluice, one, OTHER);
    const rest = drained ? { ...both, draining: [one.address] } : { backends: [two.address] };
    await sluice.writeRoutes({ [NAME]: rest, [OTHER]: { backends: [one.address] } });
    assert.equal(await gone.client.end(), 'ended');
    const line = await sluice.waitForSession(({ client }) => client === gone.client.localAddress);
    assert.deepEqual(
      [line.termination, line['letters'], line.backend],
      ['backend-removed', 'D-', one.address],
    );
    await isAlive(stays);
    await isAlive(elsewhere);
  });
}

test('a route that goes takes its sessions along, and its own option wins over the flag', async () => {
  await using one = await startRawBackend();
  const backends = [one.address];
  await using sluice = await startSluice({
    routes: { [NAME]: { backends, 'on-removed': 'keep' }, [OTHER]: { backends } },
    args: ['--on-removed', 'close=0s'],
  });
  await using kept = await open(sluice, one);
  await using ended = await open(sluice, one, OTHER);
  await sluice.writeRoutes({});
  assert.equal(await ended.client.end(), 'ended');
  await isAlive(kept);
});

test('a backend that comes back in time keeps its sessions', async () => {
  await using one = await startRawBackend();
  await using two = await startRawBackend();
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [one.address] }, [OTHER]: { backends: [two.address] } },
    args: ['--on-removed', 'close=8s'],
  });
  await using kept = await open(sluice, one);
  await using ended = await open(sluice, two, OTHER);
  await sluice.writeRoutes({});
  await routesAre(sluice, (routes) => !routes.includes(NAME));
  await sluice.writeRoutes({ [NAME]: { backends: [`${one.address}?weight=7`] } });
  // Both would have been ended at once.
  assert.equal(await ended.client.end(), 'ended');
  await isAlive(kept);
});
