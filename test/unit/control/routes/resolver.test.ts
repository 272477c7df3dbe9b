import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BackendResolver } from '../../../../src/control/routes/resolver.ts';
import { startBrokenDns } from '../../../support/broken-dns.ts';
import { startDns, type DnsServer } from '../../../support/dns.ts';
import { startHalfDns } from '../../../support/half-dns.ts';
import { eventually } from '../../../support/wait.ts';

const NAME = 'app.backends.test';

function resolver(t: TestContext, dns: Pick<DnsServer, 'address'>) {
  const changed: string[] = [];
  const problems: string[] = [];
  const names = new BackendResolver({
    servers: [dns.address],
    onChange: (name) => changed.push(name),
    onProblem: (name, reason) => problems.push(`${name} ${reason}`),
  });
  t.after(() => names.close());
  return { names, changed, problems };
}

test('a name is all its addresses of IPv4 and IPv6, known at once after the first time', async (t) => {
  await using dns = await startDns({ [NAME]: ['10.0.0.2', 'fd00:0::1', '10.0.0.1'] });
  const { names, changed } = resolver(t, dns);
  const first = names.resolve(NAME);
  assert.ok(first instanceof Promise);
  assert.deepEqual(await first, ['10.0.0.1', '10.0.0.2', 'fd00::1']);
  assert.deepEqual(names.resolve(NAME), ['10.0.0.1', '10.0.0.2', 'fd00::1']);
  assert.deepEqual(changed, [NAME], 'who did not wait for the first answer is told of it');
});

test('a name that does not exist has no addresses, and gets them when it does', async (t) => {
  await using dns = await startDns({});
  const { names, changed, problems } = resolver(t, dns);
  assert.deepEqual(await names.resolve(NAME), []);
  assert.deepEqual(problems, [`${NAME} has no address in DNS`]);
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
  changed.length = 0;
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
  const { names, changed, problems } = resolver(t, dns);
  assert.deepEqual(await names.resolve(NAME), ['10.0.0.1']);
  await dns[Symbol.asyncDispose]();
  await using broken = await startBrokenDns(dns.address);
  // Two records, each asked for twice before it is given up.
  await broken.asked(NAME, 4);
  assert.deepEqual(await names.resolve('never.known.test'), []);
  assert.deepEqual([names.resolve(NAME), changed], [['10.0.0.1'], [NAME]]);
  const reason = 'is not resolved by DNS: A ESERVFAIL, AAAA ESERVFAIL';
  assert.deepEqual(problems.sort(), [`${NAME} ${reason}`, `never.known.test ${reason}`]);
});

test('a name of which DNS can say half follows that half, and its problem is told once', async (t) => {
  await using dns = await startDns({ [NAME]: ['10.0.0.1', 'fd00::1'] });
  await using half = await startHalfDns(dns.address);
  const { names, changed, problems } = resolver(t, half);
  assert.deepEqual(await names.resolve(NAME), ['10.0.0.1']);
  await dns.change({ [NAME]: ['10.0.0.2', 'fd00::1'] });
  await eventually(() => changed.length === 2);
  assert.deepEqual(names.resolve(NAME), ['10.0.0.2']);
  assert.deepEqual(problems, [`${NAME} is not resolved by DNS: AAAA ESERVFAIL`]);
});

test('addresses of one family are kept while only the other is answered', async (t) => {
  const dns = await startDns({ [NAME]: ['10.0.0.1', 'fd00::1'] });
  await using half = await startHalfDns(dns.address, 1);
  const { names, changed } = resolver(t, half);
  assert.deepEqual(await names.resolve(NAME), ['10.0.0.1', 'fd00::1']);
  await dns.change({ [NAME]: ['10.0.0.2', 'fd00::2'] });
  await eventually(() => changed.length === 2);
  assert.deepEqual(names.resolve(NAME), ['10.0.0.2', 'fd00::1']);
  await dns[Symbol.asyncDispose]();
});

test('a name that was forgotten is asked for anew', async (t) => {
  await using dns = await startDns({ [NAME]: ['10.0.0.1'] });
  const { names } = resolver(t, dns);
  await names.resolve(NAME);
  await dns.change({ [NAME]: ['10.0.0.2'] });
  names.forget(NAME);
  assert.deepEqual(await names.resolve(NAME), ['10.0.0.2']);
});

test('at 10,000 names the next one is not resolved', async (t) => {
  await using dns = await startDns({});
  const { names } = resolver(t, dns);
  const first = names.resolve('0.test');
  for (let i = 1; i < 10_000; i++) void names.resolve(`${i}.test`);
  assert.equal(names.resolve('one-more.test'), null);
  names.forget('0.test');
  assert.ok(names.resolve('one-more.test') instanceof Promise);
  assert.deepEqual(await first, []);
});
