import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp } from '../support/ask.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';

const NAME = 'app.example.test';
const listeners = ['http://127.0.0.1:0'];

test('loopback, cloud metadata and unix sockets are no backends, and the log says why', async () => {
  await using local = await startNamedBackend('local');
  await using socket = await startHttpBackend({ name: 'socket', unix: true });
  const { port } = local;
  const members = {
    [local.address]: 'loopback',
    [`[::1]:${port}`]: 'loopback',
    [`0.0.0.0:${port}`]: 'this network, which is this machine',
    // The same address, as IPv6 has it.
    [`[::ffff:127.0.0.1]:${port}?weight=2`]: 'loopback',
    '169.254.169.254': 'link-local, where cloud metadata is',
    '[64:ff9b::7f00:1]': 'a NAT64 spelling of an IPv4 address',
    [socket.address]: 'a unix socket',
  };
  const hosts = Object.keys(members).map((_, i) => `host-${i}.example.test`);
  const routes = Object.keys(members).map((member, i) => [hosts[i], { backends: [member] }]);
  await using sluice = await startSluice({
    listeners,
    routes: Object.fromEntries(routes) as object,
    allowLocalBackends: false,
  });
  for (const [i, [member, reason]] of Object.entries(members).entries()) {
    assert.equal(await askHttp(sluice.address(), hosts[i]!), 'HTTP 503');
    const session = await sluice.waitForSession(({ host }) => host === hosts[i]);
    assert.deepEqual([session.termination, session.backend], ['no-backend', undefined]);
    const line = await sluice.waitForLog(({ route }) => route === hosts[i]);
    assert.deepEqual([line.level, line['member'], line['reason']], ['warn', member, reason]);
  }
  const refused = sumOf(await sluice.metrics(), 'sluice_backends_refused');
  assert.deepEqual([refused, local.accepted], [hosts.length, 0]);
});

test('what an operator allows is dialled, and nothing beside it', async () => {
  await using one = await startNamedBackend('one', { host: '127.0.0.2' });
  await using two = await startNamedBackend('two', { host: '127.0.0.3' });
  await using socket = await startHttpBackend({ name: 'socket', unix: true });
  await using sluice = await startSluice({
    listeners,
    routes: {
      'one.example.test': { backends: [one.address] },
      'two.example.test': { backends: [two.address] },
      'socket.example.test': { backends: [socket.address] },
    },
    args: ['--backend-allow', '127.0.0.2', '--backend-allow', socket.address],
    allowLocalBackends: false,
  });
  const ask = (name: string) => askHttp(sluice.address(), `${name}.example.test`);
  assert.deepEqual([await ask('one'), await ask('two')], ['one', 'HTTP 503']);
  assert.equal(await ask('socket'), 'HTTP 200');
});

test('what an operator denies is not dialled, although all around it is allowed', async () => {
  await using denied = await startNamedBackend('denied', { host: '127.0.0.2' });
  await using sluice = await startSluice({
    listeners,
    routes: { [NAME]: { backends: [denied.address] } },
    args: ['--backend-deny', '127.0.0.2/31'],
  });
  assert.equal(await askHttp(sluice.address(), NAME), 'HTTP 503');
  const { reason } = await sluice.waitForLog(({ route }) => route === NAME);
  assert.equal(reason, 'denied by --backend-deny 127.0.0.2/31');
});

test('sluice never dials its own listeners, whatever is allowed', async () => {
  await using sluice = await startSluice({
    listeners: ['http://127.0.0.1:0', 'tls://0.0.0.0:0', 'http://[::1]:0'],
  });
  const { port: anywhere } = new URL(`http://${sluice.address(1)}`);
  const routes = {
    'one.example.test': { backends: [sluice.address()] },
    'two.example.test': { backends: [`127.0.0.5:${anywhere}`] },
    'three.example.test': { backends: [sluice.address(2)] },
  };
  await sluice.writeRoutes(routes);
  await sluice.waitForMetric('sluice_routes', { kind: 'exact' }, 3);
  for (const name of Object.keys(routes)) await expectOwnRefused(sluice, name);
});

test('sluice never dials its admin page, whatever is allowed', async () => {
  await using sluice = await startSluice({ listeners });
  await sluice.writeRoutes({ [NAME]: { backends: [new URL(sluice.adminUrl).host] } });
  await sluice.waitForMetric('sluice_routes', { kind: 'exact' }, 1);
  await expectOwnRefused(sluice, NAME);
});

test('sluice never dials its Redis', { skip: await redisMissing() }, async () => {
  await using redis = await startRedis();
  await redis.cli('SADD', `hostnames:${NAME}:backends`, new URL(redis.url).host);
  await using sluice = await startSluice({ listeners, redis: redis.url });
  await expectOwnRefused(sluice, NAME);
});

async function expectOwnRefused(sluice: Sluice, name: string): Promise<void> {
  assert.equal(await askHttp(sluice.address(), name), 'HTTP 503');
  const { reason } = await sluice.waitForLog(({ route }) => route === name);
  assert.equal(reason, 'an address of sluice itself');
}
