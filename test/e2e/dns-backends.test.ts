import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { startBrokenDns } from '../support/broken-dns.ts';
import { startDns, type DnsServer } from '../support/dns.ts';
import { startHalfDns } from '../support/half-dns.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const BACKEND = 'app.backends.test';

test('a backend that is a name is dialled at its address, and at its new one when that changes', async () => {
  await using one = await startNamedBackend('one', { host: '127.0.0.2' });
  await using two = await startNamedBackend('two', { host: '127.0.0.3', port: one.port });
  await using dns = await startDns({ [BACKEND]: ['127.0.0.2'] });
  await using sluice = await startOn(dns, `${BACKEND}:${one.port}`);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  const { backend } = await sluice.waitForSession(() => true);
  assert.equal(backend, one.address);
  await dns.change({ [BACKEND]: ['127.0.0.3'] });
  await eventually(async () => (await askTls(sluice.address(), NAME)) === 'two');
  assert.equal(two.accepted, 1);
});

test('every address of a name is a backend, of IPv4 and IPv6', async () => {
  await using one = await startNamedBackend('one', { host: '127.0.0.2' });
  await using two = await startNamedBackend('two', { host: '127.0.0.3', port: one.port });
  await using six = await startNamedBackend('six', { host: '::1', port: one.port });
  await using dns = await startDns({ [BACKEND]: ['127.0.0.2', '127.0.0.3', '::1'] });
  await using sluice = await startOn(dns, `${BACKEND}:${one.port}`, '--balance', 'round-robin');
  const answers: string[] = [];
  for (let i = 0; i < 6; i++) answers.push(await askTls(sluice.address(), NAME));
  assert.deepEqual(answers.slice(0, 3), answers.slice(3));
  assert.deepEqual(answers.slice(0, 3).sort(), ['one', 'six', 'two']);
  assert.deepEqual([one.accepted, two.accepted, six.accepted], [2, 2, 2]);
});

test('a name that does not exist is no backend, until it does', async () => {
  await using one = await startNamedBackend('one');
  await using dns = await startDns({});
  await using sluice = await startOn(dns, `${BACKEND}:${one.port}`);
  assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  assert.equal(await askHttp(sluice.address(1), NAME), 'HTTP 503');
  const { termination } = await sluice.waitForSession(() => true);
  assert.equal(termination, 'no-backend');
  await dns.change({ [BACKEND]: ['127.0.0.1'] });
  await eventually(async () => (await askTls(sluice.address(), NAME)) === 'one');
});

test('a name is dialled at its IPv4 address while DNS fails for IPv6, and the log says so', async () => {
  await using one = await startNamedBackend('one');
  await using dns = await startDns({ [BACKEND]: ['127.0.0.1'] });
  await using half = await startHalfDns(dns.address);
  await using sluice = await startOn(half, `${BACKEND}:${one.port}`);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  const { level, route, reason } = await sluice.waitForLog(({ member }) => member === BACKEND);
  const said = 'is not resolved by DNS: AAAA ESERVFAIL';
  assert.deepEqual([level, route, reason], ['warn', NAME, said]);
});

test('a name that stops to exist is no backend any more', async () => {
  await using one = await startNamedBackend('one');
  await using dns = await startDns({ [BACKEND]: ['127.0.0.1'] });
  await using sluice = await startOn(dns, `${BACKEND}:${one.port}`);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  await dns.change({});
  await eventually(async () => (await askTls(sluice.address(), NAME)) === 'alert 80');
});

test('while DNS fails a name stands for the addresses it had, also when its route changes', async () => {
  await using one = await startNamedBackend('one');
  const dns = await startDns({ [BACKEND]: ['127.0.0.1'] });
  await using sluice = await startOn(dns, `${BACKEND}:${one.port}`);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  await dns[Symbol.asyncDispose]();
  await using broken = await startBrokenDns(dns.address);
  // Its two records, each asked for twice before it is given up.
  await broken.asked(BACKEND, 4);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
  await sluice.writeRoutes({
    [NAME]: { backends: [`${BACKEND}:${one.port}?weight=2`, 'never-known.backends.test'] },
  });
  await sluice.waitForMetric('sluice_route_sync_total', { trigger: 'invalidate' }, 1);
  assert.equal(await askTls(sluice.address(), NAME), 'one');
});

test('a name that resolves to a forbidden address is refused', async () => {
  await using dns = await startDns({ [BACKEND]: ['169.254.169.254', '127.0.0.1'] });
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [`${BACKEND}:80`] } },
    args: ['--dns-server', dns.address],
    allowLocalBackends: false,
  });
  assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  const { termination, backend } = await sluice.waitForSession(() => true);
  assert.deepEqual([termination, backend], ['no-backend', undefined]);
  await sluice.waitForMetric('sluice_backends_refused', {}, 2);
  const log = await sluice.waitForLog(({ member }) => member === '169.254.169.254:80');
  assert.equal(log['reason'], 'link-local, where cloud metadata is');
});

function startOn(
  dns: Pick<DnsServer, 'address'>,
  member: string,
  ...args: readonly string[]
): Promise<Sluice> {
  return startSluice({
    routes: { [NAME]: { backends: [member] } },
    args: ['--dns-server', dns.address, ...args],
  });
}
