import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BackendResolver } from '../../../src/control/resolver.ts';
import { startBrokenDns } from '../../support/broken-dns.ts';
import { startDns, type DnsServer } from '../../support/dns.ts';
import { eventually } from '../../support/wait.ts';

const NAME = 'app.backends.test';

function resolver(t: TestContext, dns: DnsServer) {
  const changed: string[] = [];
  const names = new BackendResolver({
    servers: [dns.address],
    onChange: (name) => changed.push(name),
  });
  t.after(() => names.close());
  return { names, changed };
}

test('a name is all its addresses of IPv4 and IPv6, known at once after the first time', async (t) => {
  await using dns = await startDns({ [NAME]: ['10.0.0.2', 'fd00:0::1', '10.0.0.1'] });
  const { names, changed } = resolver(t, dns);
  const first = names.resolve(NAME);
  assert.ok(first instanceof Promise);
  assert.deepEqual(await first, ['10.0.0.1', '10.0.0.2', 'fd00::1']);
  assert.deepEqual(names.resolve(NAME), ['10.0.0.1', '10.0.0.2', 'fd00::1']);
  assert.deepEqual(changed, [], 'the first answer is no change');
});

test('a name that does not exist has no addresses, and gets them when it does', async (t) => {
  await using dns = await startDns({});
  const { names, changed } = resolver(t, dns);
  assert.deepEqual(await names.resolve(NAME), []);
  assert.deepEqual(names.resolve(NAME), []);
  await dns.change({ [NAME]: ['10.0.0.1'] });
  await eventually(() => changed.length > 0);
  assert.deepEqual([changed, names.resolve(NAME)], [[NAME], ['10.0.0.1']]);
});

test('a name in use follows its records, and tells when they change', async (t) => {
  await using dns = await startDns({
    [NAME]: ['10.0.0.1'],
    'still.test': ['10.0.0.8', '10.0.0.9'],
  });
  const { names, changed } = resolver(t, dns);
  await Promise.all([names.resolve('still.test'), names.resolve(NAME)]);
  await dns.change({ [NAME]: ['10.0.0.2'], 'still.test': ['10.0.0.9', '10.0.0.8'] });
  await eventually(() => changed.length === 1);
  assert.deepEqual(names.resolve(NAME), ['10.0.0.2']);
  await dns.change({ 'still.test': ['10.0.0.8', '10.0.0.9'] });
  await eventually(() => changed.length === 2);
  assert.deepEqual(names.resolve(NAME), []);
  // The other name was asked for again meanwhile, and its addresses came in another order at most.
  assert.deepEqual(changed, [NAME, NAME]);
});

test('while DNS fails a name keeps the addresses it had', async (t) => {
  const dns = await startDns({ [NAME]: ['10.0.0.1'] });
  const { names, changed } = resolver(t, dns);
  assert.deepEqual(await names.resolve(NAME), ['10.0.0.1']);
  await dns[Symbol.asyncDispose]();
  await using broken = await startBrokenDns(dns.address);
  // Two records, each asked for twice before it is given up.
  await broken.asked(NAME, 4);
  assert.deepEqual(await names.resolve('never.known.test'), []);
  assert.deepEqual([names.resolve(NAME), changed], [['10.0.0.1'], []]);
});

test('a name that was forgotten is asked for anew', async (t) => {
  await using dns = await startDns({ [NAME]: ['10.0.0.1'] });
  const { names } = resolver(t, dns);
  await names.resolve(NAME);
  await dns.change({ [NAME]: ['10.0.0.2'] });
  names.forget(NAME);
  assert.deepEqual(await names.resolve(NAME), ['10.0.0.2']);
});

test('at 10,000 names the next one has no addresses', async (t) => {
  await using dns = await startDns({});
  const { names } = resolver(t, dns);
  const first = names.resolve('0.test');
  for (let i = 1; i < 10_000; i++) void names.resolve(`${i}.test`);
  assert.deepEqual(names.resolve('one-more.test'), []);
  names.forget('0.test');
  assert.ok(names.resolve('one-more.test') instanceof Promise);
  assert.deepEqual(await first, []);
});
