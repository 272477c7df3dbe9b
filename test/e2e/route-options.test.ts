import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, askHttp, askTls } from '../support/ask.ts';
import { alpn, clientHello } from '../support/client-hello.ts';
import { silentAddress } from '../support/dead-addresses.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { firstAnswerOf, openSession, startGreeter } from '../support/greeter.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const OTHER = 'other.example.test';
const OTHER_CLIENT = { localAddress: '127.0.0.2' };

test('a route may balance in a way of its own', async () => {
  await using a = await startNamedBackend('a');
  await using b = await startNamedBackend('b');
  await using c = await startNamedBackend('c');
  const backends = [a.address, b.address, c.address];
  await using sluice = await startSluice({
    routes: { [NAME]: { backends, balance: 'round-robin' } },
    args: ['--balance', 'random'],
  });
  let answers = '';
  for (let i = 0; i < 7; i++) answers += await askTls(sluice.address(), NAME);
  assert.equal(answers, 'abcabca');
});

test('a route may send a PROXY header of its own', async () => {
  await using backend = await startRawBackend();
  const backends = [backend.address];
  await using sluice = await startSluice({
    routes: { [NAME]: { backends, proxy: 'v1' }, [OTHER]: { backends } },
  });
  const firstByte = async (name: string) => {
    await using client = await connectRaw(sluice.address());
    await client.send(clientHello(name));
    const connection = await backend.accept();
    return (await connection.read(1)).toString('latin1', 0, 1);
  };
  assert.deepEqual([await firstByte(NAME), await firstByte(OTHER)], ['P', '\x16']);
});

test('a route may be less patient with its backends, and with silence', async () => {
  await using silent = await silentAddress();
  await using backend = await startGreeter();
  await using sluice = await startSluice({
    routes: {
      [OTHER]: { backends: [silent.address], 'connect-timeout': '200ms' },
      [NAME]: { backends: [backend.address], 'idle-timeout': '300ms' },
    },
    args: ['--connect-timeout=1h', '--connect-retries=0', '--idle-timeout=1h'],
  });
  assert.equal(await askTls(sluice.address(), OTHER), 'alert 80');
  await sluice.waitForSession((line) => line.termination === 'connect-timeout');
  await using client = await openSession(sluice.address(), NAME);
  assert.equal(await client.end(), 'ended');
  await sluice.waitForSession((line) => line.termination === 'idle-timeout');
});

test('a route may be for some clients only, by the address that a PROXY header gives them', async () => {
  await using backend = await startNamedBackend('backend');
  const backends = [backend.address];
  await using sluice = await startSluice({
    listeners: ['tls://127.0.0.1:0', 'http://127.0.0.1:0', 'http://[::1]:0'],
    routes: {
      [NAME]: { backends, allow: '192.0.2.0/24, 127.0.0.1', deny: '192.0.2.66' },
      [OTHER]: { backends, deny: '127.0.0.0/8 ::1' },
    },
    args: ['--accept-proxy', OTHER_CLIENT.localAddress],
  });
  const [tls, http, http6] = sluice.addresses as [string, string, string];
  assert.equal(await askTls(tls, NAME), 'backend');
  assert.equal(await askTls(tls, OTHER), 'alert 49');
  assert.equal(await askHttp(http, OTHER), 'HTTP 403');
  assert.equal(await askHttp(http6, OTHER), 'HTTP 403');
  assert.equal(await askHttp(http6, NAME), 'HTTP 403', 'not on the list');
  const from = (ip: string) => askBehindProxy(tls, `PROXY TCP4 ${ip} 198.51.100.1 1 443\r\n`);
  assert.equal(await from('192.0.2.7'), 'backend');
  assert.equal(await from('192.0.2.66'), 'alert 49', 'what is denied is, although allowed');
  assert.equal(await from('198.51.100.7'), 'alert 49');
});

test('ACME by TLS may have backends of its own, and never reaches a default', async () => {
  await using site = await startNamedBackend('site');
  await using solver = await startNamedBackend('solver');
  const [backends, acme] = [[site.address], [solver.address]];
  await using sluice = await startSluice({
    routes: { [NAME]: { backends, acme }, [OTHER]: { backends }, httpsDefault: { backends, acme } },
  });
  const tls = sluice.address();
  const challenge = (name: string) => ask(tls, clientHello(name, [alpn('acme-tls/1')]));
  assert.deepEqual([await challenge(NAME), await askTls(tls, NAME)], ['solver', 'site']);
  assert.equal(await challenge(OTHER), 'site');
  assert.equal(await challenge('unknown.example.test'), 'alert 112');
});

test('options that change are in force for new sessions, and live ones keep theirs', async (t) => {
  const missing = await redisMissing();
  if (missing !== false) return t.skip(missing);
  await using redis = await startRedis();
  await using backend = await startGreeter();
  await redis.cli('SADD', `hostnames:${NAME}:backends`, backend.address);
  await using sluice = await startSluice({ redis: redis.url });
  const options = `hostnames:${NAME}:options`;
  await using live = await openSession(sluice.address(), NAME);

  await redis.cli('HSET', options, 'deny', '127.0.0.0/8', 'idle-timeout', '100ms');
  await eventually(async () => (await firstAnswer(sluice)) === 'alert 49');
  await redis.cli('HSET', options, 'deny', '127.0.0.0/33');
  await sluice.waitForLog((line) => JSON.stringify(line).includes('127.0.0.0/33'));
  assert.equal(await firstAnswer(sluice), 'alert 49', 'the last good value holds');
  await redis.cli('HDEL', options, 'deny');
  await eventually(async () => (await firstAnswer(sluice)) === 'hi');
  await using late = await openSession(sluice.address(), NAME);
  assert.equal(await late.end(), 'ended', 'its time to be idle is the new one');
  assert.equal(
    sluice.sessions().some(({ client }) => client === live.localAddress),
    false,
  );
});

async function firstAnswer(sluice: Sluice): Promise<string> {
  return await firstAnswerOf(sluice.address(), NAME);
}

async function askBehindProxy(address: string, header: string): Promise<string> {
  await using client = await connectRaw(address, OTHER_CLIENT);
  await client.send(header);
  await client.send(clientHello(NAME));
  await client.end();
  const bytes = client.bytes();
  return bytes[0] === 0x15 ? `alert ${bytes[6]}` : bytes.toString();
}
