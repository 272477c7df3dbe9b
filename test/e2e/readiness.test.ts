import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';

const NAME = 'app.example.test';

test('an edge whose route file cannot be read is alive, not ready, and says why', async () => {
  await using backend = await startNamedBackend('backend');
  // A list is no mapping of hosts.
  await using sluice = await startSluice({ routes: [], ready: false });
  await sluice.waitForLog(({ level }) => level === 'error');
  assert.equal((await sluice.admin('/livez')).status, 200);
  const { status, body } = await sluice.admin('/readyz');
  assert.equal(status, 503);
  assert.match(body, /^not ready\n- no routes read yet.*routes\.json: is not a mapping of hosts/s);

  // It cannot say that a name is unknown.
  assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  assert.equal(await askHttp(sluice.address(1), NAME), 'HTTP 503');
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'routes-unavailable' }, 2);

  await sluice.writeRoutes({ [NAME]: { backends: [backend.address] } });
  await sluice.waitForLog(({ msg }) => msg === 'ready');
  const ready = await sluice.admin('/readyz');
  assert.equal(ready.status, 200);
  assert.match(ready.body, /^ready\n/);
  assert.equal(await askTls(sluice.address(), NAME), 'backend');
});

test('an edge without a single route is ready: an unknown name is known to be unknown', async () => {
  await using sluice = await startSluice({ routes: {} });
  assert.equal((await sluice.admin('/readyz')).status, 200);
  assert.equal(await askTls(sluice.address(), NAME), 'alert 112');
});

test('an edge that stops is alive and not ready while its sessions end', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  await using client = await connectRaw(sluice.address());
  await client.send(clientHello(NAME));
  await using connection = await backend.accept();
  await connection.send('x');
  await client.read(1);

  sluice.signal('SIGTERM');
  await sluice.waitForLog(({ msg }) => msg === 'draining');
  const { status, body } = await sluice.admin('/readyz');
  assert.deepEqual([status, body.includes('draining')], [503, true]);
  assert.equal((await sluice.admin('/livez')).status, 200);
  assert.equal(sumOf(await sluice.metrics(), 'sluice_draining'), 1);

  await client.finish();
  await connection.finish();
  assert.deepEqual(await sluice.program.ended, { code: 0, signal: null });
});
