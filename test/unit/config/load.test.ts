import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, formatComplaint } from '../../../src/config/config-error.ts';
import { examineConfig, loadConfig, type ConfigInput } from '../../../src/config/load.ts';
import { ROOT } from '../../support/root.ts';

const FILE = join(ROOT, 'fixtures/config/valid/everything.yaml');

const load = async (input: Partial<ConfigInput>) =>
  (await loadConfig({ flags: {}, env: {}, ...input })).config;

async function complaints(input: Partial<ConfigInput>): Promise<string[]> {
  const examined = await examineConfig({ flags: {}, env: {}, ...input });
  return examined.complaints.map(formatComplaint);
}

test('with nothing given, every default stands', async () => {
  const config = await load({});
  assert.deepEqual(
    config.listen.map(({ name }) => name),
    ['tls://0.0.0.0:443', 'http://0.0.0.0:80'],
  );
  assert.equal(config.redis?.shown, 'redis://127.0.0.1:6379');
  assert.deepEqual(config.admin, { ip: '127.0.0.1', port: 8404 });
  assert.equal(config.edgeName, hostname());
  const { routes, adminToken, configFile, backendAllow, backendDeny, acceptProxy, dnsServer } =
    config;
  assert.deepEqual(
    { routes, adminToken, configFile },
    { routes: null, adminToken: null, configFile: null },
  );
  assert.deepEqual([backendAllow, backendDeny, acceptProxy, dnsServer], [[], [], [], []]);
  const { helloTimeoutMs, helloMaxBytes, connectTimeoutMs, connectRetries } = config;
  assert.deepEqual(
    { helloTimeoutMs, helloMaxBytes, connectTimeoutMs, connectRetries },
    { helloTimeoutMs: 5000, helloMaxBytes: 16_384, connectTimeoutMs: 2500, connectRetries: 2 },
  );
  const { idleTimeoutMs, halfCloseTimeoutMs, drainTimeoutMs } = config;
  assert.deepEqual(
    [idleTimeoutMs, halfCloseTimeoutMs, drainTimeoutMs],
    [3_600_000, 60_000, 30_000],
  );
  const { balance, proxyProtocol, onUnknown, accessLog, logLevel, redisPrefix } = config;
  assert.deepEqual(
    [balance, proxyProtocol, onUnknown, accessLog, logLevel, redisPrefix],
    ['least-connections', 'off', 'alert', 'stdout', 'info', ''],
  );
});

test('a flag wins over a variable, a variable over the file, the file over the default', async () => {
  const flags = { config: FILE, 'hello-timeout': '1s' };
  const env = { SLUICE_HELLO_TIMEOUT: '2s', SLUICE_CONNECT_TIMEOUT: '3s' };
  const config = await load({ flags, env });
  assert.equal(config.helloTimeoutMs, 1000);
  assert.equal(config.connectTimeoutMs, 3000);
  assert.equal(config.idleTimeoutMs, 600_000);
  assert.equal(config.routes, null);
});

test('the file can be named by a variable', async () => {
  assert.equal((await load({ env: { SLUICE_CONFIG: FILE } })).edgeName, 'edge-1.example');
});

test('a list comes whole from the one source that wins', async () => {
  const flags = { listen: ['tls://127.0.0.1:1', 'http://127.0.0.1:2'] };
  const env = {
    SLUICE_LISTEN: 'tls://127.0.0.1:3',
    SLUICE_BACKEND_ALLOW: '10.0.0.1, 10.0.0.2  10.0.0.3,',
  };
  const config = await load({ flags: { config: FILE, ...flags }, env });
  assert.deepEqual(
    config.listen.map(({ port }) => port),
    [1, 2],
  );
  assert.deepEqual(
    config.backendAllow.map((rule) => 'bytes' in rule && rule.bytes[3]),
    [1, 2, 3],
  );
  assert.equal(config.acceptProxy.length, 2);
});

test('an empty variable is one that is not set', async () => {
  const config = await load({ env: { SLUICE_REDIS: '', SLUICE_ROUTES: '', SLUICE_LISTEN: '' } });
  assert.equal(config.redis?.shown, 'redis://127.0.0.1:6379');
  assert.equal(config.listen.length, 2);
});

test('a variable that is no option is named in a warning and does no harm', async () => {
  const env = {
    SLUICE_PORT: 'tcp://10.0.0.1:443',
    SLUICE_SERVICE_HOST: '10.0.0.1',
    SLUICE_HELO_TIMEOUT: '5s',
    SLUICEGATE: 'x',
    PATH: '/bin',
  };
  const { warnings } = await loadConfig({ flags: {}, env });
  assert.deepEqual(warnings, [
    'SLUICE_PORT: no option has this name; ignored',
    'SLUICE_SERVICE_HOST: no option has this name; ignored',
    'SLUICE_HELO_TIMEOUT: no option has this name; ignored (did you mean SLUICE_HELLO_TIMEOUT?)',
  ]);
});

test('a complaint names the place that is wrong, be it flag, variable or file', async () => {
  const reason = '"5 parsecs" is not a duration such as 500ms, 5s, 10m or 1h';
  const file = join(ROOT, 'fixtures/config/invalid/values.yaml');
  const found = await complaints({
    flags: { config: file, 'hello-timeout': '5 parsecs' },
    env: { SLUICE_HELLO_TIMEOUT: '5 parsecs' },
  });
  assert.ok(found.includes(`--hello-timeout: ${reason}`));
  assert.ok(found.includes(`SLUICE_HELLO_TIMEOUT: ${reason}`));
  assert.ok(found.includes(`${file}:18: hello-timeout: ${reason}`));
});

test('every complaint comes at once', async () => {
  const flags = {
    listen: ['x', 'tls://0.0.0.0:1', 'y'],
    balance: 'fastest',
    'connect-retries': 'abc',
  };
  await assert.rejects(loadConfig({ flags, env: { SLUICE_ADMIN: 'yes' } }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.deepEqual(
      error.complaints.map(({ path }) => path),
      ['--listen', '--listen', '--balance', '--connect-retries', 'SLUICE_ADMIN'],
    );
    return true;
  });
});

test('an option that takes one value is not given two', async () => {
  assert.deepEqual(await complaints({ flags: { balance: ['random', 'round-robin'] } }), [
    '--balance: is given more than once',
  ]);
});

test('a password stands in no complaint', async () => {
  const found = await complaints({
    flags: { redis: 'redis://:hunter2@h:port', 'admin-token': 'hunter2' },
    env: { SLUICE_REDIS: 'hunter2', SLUICE_HUNTER: 'hunter2' },
  });
  assert.equal(found.length, 3);
  assert.ok(found.every((line) => !line.includes('hunter2')));
});

test('routes come from Redis or from a file, never from both', async () => {
  assert.equal((await load({ flags: { routes: 'r.yaml' } })).redis, null);
  assert.deepEqual(await complaints({ flags: { routes: 'r.yaml', redis: 'redis://h' } }), [
    '--redis: cannot be combined with --routes',
  ]);
  const env = { SLUICE_ROUTES: 'r.yaml', SLUICE_REDIS_PREFIX: 'a:' };
  assert.deepEqual(await complaints({ env }), [
    'SLUICE_REDIS_PREFIX: cannot be combined with SLUICE_ROUTES',
  ]);
});

test('an admin listener that others can reach needs a token', async () => {
  const token = { 'admin-token': '0123456789abcdef' };
  assert.deepEqual(await complaints({ flags: { admin: '0.0.0.0:8404' } }), [
    '--admin: 0.0.0.0:8404 is not loopback, so --admin-token is required',
  ]);
  for (const admin of ['off', '[::1]:1', '127.0.0.2:1', 'localhost:0']) {
    assert.deepEqual(await complaints({ flags: { admin } }), []);
  }
  assert.deepEqual(await complaints({ flags: { admin: '[::]:8404', ...token } }), []);
});

test('two listeners cannot share an address, and there is at least one', async () => {
  const twice = ['tls://0.0.0.0:443', 'auto://0.0.0.0:443', 'http://[::]:443'];
  assert.deepEqual(await complaints({ flags: { listen: twice } }), [
    '--listen: two listeners on 0.0.0.0:443',
  ]);
  const free = ['tls://127.0.0.1:0', 'http://127.0.0.1:0', 'tls://0.0.0.0:0'];
  assert.deepEqual(await complaints({ flags: { listen: free } }), []);
  assert.deepEqual(await complaints({ env: { SLUICE_LISTEN: ' , ' } }), [
    'SLUICE_LISTEN: names no listener',
  ]);
});

test('two listeners cannot have one name, or their metrics would be mixed up', async () => {
  const listen = ['tls://127.0.0.1:0', 'http://127.0.0.1:0', 'tls://127.0.0.1:0'];
  assert.deepEqual(await complaints({ flags: { listen } }), [
    '--listen: two listeners on tls://127.0.0.1:0',
  ]);
});

/** Pairs of addresses on one port, and whether both can be listened on. */
const TOGETHER: readonly (readonly [one: string, other: string, possible: boolean])[] = [
  ['0.0.0.0', '[::]', true],
  ['127.0.0.1', '127.0.0.2', true],
  ['127.0.0.1', '[::1]', true],
  ['0.0.0.0', '[::1]', true],
  ['0.0.0.0', '127.0.0.1', false],
  ['[::]', '127.0.0.1', false],
  ['[::]', '[::1]', false],
];

test('a wildcard listener leaves no room for one on an address that it takes in', async () => {
  for (const [one, other, possible] of TOGETHER) {
    const [tls, http] = [`tls://${one}:443`, `http://${other}:443`];
    for (const listen of [
      [tls, http],
      [http, tls],
    ]) {
      const overlap = `--listen: ${listen[0]} and ${listen[1]} overlap`;
      assert.deepEqual(await complaints({ flags: { listen } }), possible ? [] : [overlap]);
    }
  }
  const apart = ['tls://0.0.0.0:443', 'tls://127.0.0.1:444', 'tls://127.0.0.1:0'];
  assert.deepEqual(await complaints({ flags: { listen: apart } }), []);
});

test('no listener takes the address of the admin listener', async () => {
  const on = (address: string) => ({ listen: [`tls://${address}`] });
  for (const address of ['127.0.0.1:8404', '0.0.0.0:8404', '[::]:8404']) {
    assert.deepEqual(await complaints({ flags: on(address) }), [
      `--listen: tls://${address} and the admin listener on 127.0.0.1:8404 overlap`,
    ]);
    assert.deepEqual(await complaints({ flags: { ...on(address), admin: 'off' } }), []);
  }
  assert.deepEqual(await complaints({ flags: on('127.0.0.2:8404') }), []);
  assert.deepEqual(await complaints({ flags: { admin: '127.0.0.1:443' } }), [
    '--admin: tls://0.0.0.0:443 and the admin listener on 127.0.0.1:443 overlap',
  ]);
  const admin = { admin: '[::]:443', 'admin-token': '0123456789abcdef' };
  assert.equal((await complaints({ flags: { ...on('0.0.0.0:443'), ...admin } })).length, 1);
});

test('a long value is cut short in its complaint', async () => {
  const [line = ''] = await complaints({ flags: { balance: 'x'.repeat(10_000) } });
  assert.match(
    line,
    /^--balance: "x{80}…" is not least-connections, round-robin, random or source$/,
  );
});
