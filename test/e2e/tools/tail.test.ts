import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startAdminRelay } from '../../support/admin-relay.ts';
import { alpn, clientHello } from '../../support/client-hello.ts';
import { curl } from '../../support/curl.ts';
import { refusingAddress } from '../../support/dead-addresses.ts';
import { startHttpBackend } from '../../support/http-backend.ts';
import { opensslConnect } from '../../support/openssl-client.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { runSluice, startSluice, type SessionLine, type Sluice } from '../../support/sluice.ts';
import { startTail, type Tail } from '../../support/tail.ts';
import { startTlsBackend } from '../../support/tls-backend.ts';
import { eventually } from '../../support/wait.ts';

const NAME = 'app.example.test';
const UNKNOWN = 'unknown.example.test';

test('sessions of curl and openssl are shown as they end, as the access log has them', async () => {
  await using backend = await startTlsBackend({ name: 'secure', names: [NAME] });
  await using sluice = await startSluice({
    routes: { '*.example.test': { backends: [backend.address] } },
  });
  await using tail = await startTail(sluice, ['--json']);
  const { certificate } = backend;
  await curl(`https://${NAME}/`, { via: sluice.address(), ca: certificate.ca });
  await opensslConnect(sluice.address(), { serverName: 'other.example.test' });
  await curl('http://elsewhere.test/', { via: sluice.address(1) });
  for (const host of [NAME, 'other.example.test', 'elsewhere.test']) {
    const { time: _t, ...shown } = await tail.waitFor((line) => line.host === host);
    const { time: _l, ...logged } = await sluice.waitForSession((line) => line.host === host);
    assert.deepEqual(shown, logged);
    assert.equal(typeof shown['hello_ms'], 'number');
  }
});

test('in a table, each session is a line with its stages and the reason of its end', async () => {
  await using site = await startHttpBackend({ name: 'site' });
  await using refusing = await refusingAddress();
  const routes = {
    [NAME]: { backends: [site.address] },
    'dead.example.test': { backends: [refusing.address] },
  };
  await using sluice = await startSluice({ routes });
  await using tail = await startTail(sluice, []);
  await curl(`http://${NAME}/`, { via: sluice.address(1) });
  await curl('http://dead.example.test/', { via: sluice.address(1) });
  const { stdout } = tail.program;
  const ms = String.raw`+\d+(\.\d)?m?s`;
  const stages = `${ms} ${ms} ${ms} ${ms} ${ms}`;
  await stdout.match(/^TIME +END +HOST +BACKEND +HELLO +ROUTE +CONN +FIRST +TOTAL/);
  await stdout.match(new RegExp(`^[\\d:.]{12} ok +${NAME} +${site.address} ${stages} `));
  await stdout.match(
    new RegExp(
      `connect-failed +dead.example.test +${refusing.address} ${ms} ${ms} +- +- ${ms} .*refused`,
    ),
  );
  assert.ok(!stdout.text.includes('\x1b'));
});

test('each filter shows the sessions that it names, and no others', async () => {
  await using site = await startHttpBackend({ name: 'site' });
  await using other = await startHttpBackend({ name: 'other' });
  const routes = {
    [NAME]: { backends: [site.address] },
    '*.wild.test': { backends: [other.address] },
  };
  await using sluice = await startSluice({ routes });
  const filters = {
    [NAME]: [NAME],
    '*.wild.test': ['a.wild.test'],
    '--termination=unknown-host': [UNKNOWN],
    [`--backend=${site.address}`]: [NAME],
    '--client=127.0.0.2': ['a.wild.test'],
    '--client=127.0.0.0/8 --termination=ok': [NAME, 'a.wild.test'],
  };
  const tails = await Promise.all(
    Object.keys(filters).map((words) => startTail(sluice, ['--json', ...words.split(' ')])),
  );
  try {
    for (const _ of ['once', 'again']) await askAll(sluice);
    for (const [index, hosts] of Object.values(filters).entries()) {
      const tail = tails[index]!;
      const wanted = [...hosts, ...hosts];
      await eventually(() => tail.seen().length >= wanted.length);
      assert.deepEqual(hostsOf(tail), wanted, Object.keys(filters)[index]);
    }
  } finally {
    for (const tail of tails) await tail[Symbol.asyncDispose]();
  }
});

test('failures are shown by one word', async () => {
  await using refusing = await refusingAddress();
  const routes = { 'dead.example.test': { backends: [refusing.address] } };
  await using sluice = await startSluice({ routes });
  await using tail = await startTail(sluice, ['--json', '--termination', 'failed']);
  for (const host of [UNKNOWN, 'dead.example.test'])
    await curl(`http://${host}/`, { via: sluice.address(1) });
  const { host } = await tail.waitFor(() => true);
  assert.equal(host, 'dead.example.test');
});

test('an edge that goes away is said once, and followed again when it is back', async () => {
  await using relay = await startAdminRelay();
  const first = await startSluice();
  relay.pointTo(first.adminUrl);
  await using tail = await startTail(relay, ['--json']);
  await curl(`http://${UNKNOWN}/`, { via: first.address(1) });
  await tail.waitFor(({ host }) => host === UNKNOWN);
  relay.pointTo(null);
  await first[Symbol.asyncDispose]();
  const { stderr } = tail.program;
  await stderr.match(/^sluice: the edge at \S+ is gone: .+; trying again$/);

  await using second = await startSluice();
  relay.pointTo(second.adminUrl);
  await stderr.match(/^sluice: the edge at \S+ is back$/);
  await curl('http://later.example.test/', { via: second.address(1) });
  await tail.waitFor(({ host }) => host === 'later.example.test');
  assert.equal(stderr.seen.filter((line) => line.includes('is gone')).length, 1);
  assert.deepEqual(await tail.program.stop('SIGINT'), { code: 0, signal: null });
});

test('a name that no route matches is said to be one, and its sessions are shown', async () => {
  await using sluice = await startSluice({ routes: { [NAME]: { backends: ['10.0.0.5'] } } });
  await using tail = await startTail(sluice, [UNKNOWN.toUpperCase(), '--json']);
  await tail.program.stderr.match(/no route matches \S+ now: its sessions end as unknown-host$/);
  await curl(`http://${UNKNOWN}/`, { via: sluice.address(1) });
  await tail.waitFor(({ host, termination }) => host === UNKNOWN && termination === 'unknown-host');
});

test('what cannot be watched is said, and why', async () => {
  await using sluice = await startSluice({
    env: { SLUICE_ADMIN_TOKEN: 'a-token-of-more-than-32-characters' },
  });
  const admin = ['--admin', sluice.adminUrl.slice('http://'.length)];
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['a b'], 2, /^HOST: "a b" is neither a name/],
    [['--termination', 'fine'], 2, /^--termination: "fine" is none of failed, ok, /],
    [['--client', '10.0.0.1/8'], 2, /^--client: .* neither an address nor a block/],
    [['--rate', '0'], 2, /^--rate: "0" is not a whole number from 1 to 1000/],
    [['--id', 'a', '--id', 'b'], 2, /^--id: is given more than once/],
    [admin, 1, /^sluice: the edge at \S+ asks for its --admin-token/],
    [
      ['--admin', '127.0.0.1:1'],
      1,
      /^sluice: no edge answers at 127\.0\.0\.1:1: connection refused/,
    ],
  ];
  for (const [args, wanted, pattern] of cases) {
    const { code, stderr, stdout } = await runSluice(['tail', ...args]);
    assert.match(stderr, pattern);
    assert.deepEqual([code, stdout], [wanted, ''], stderr);
  }
});

test('eight watch an edge at once, and the ninth is told so', async () => {
  await using sluice = await startSluice();
  const stop = new AbortController();
  const watch = () => fetch(`${sluice.adminUrl}/api/v1/sessions`, { signal: stop.signal });
  try {
    for (let n = 0; n < 8; n++) assert.equal((await watch()).status, 200);
    const admin = ['--admin', sluice.adminUrl.slice('http://'.length)];
    const { code, stderr } = await runSluice(['tail', ...admin]);
    assert.match(stderr, /^sluice: the edge at \S+ says: 8 others watch sessions already$/m);
    assert.equal(code, 1);
  } finally {
    stop.abort();
  }
  await eventually(async () => {
    await using tail = await startTail(sluice, []);
    return tail.program.isRunning;
  });
});

test('several edges are watched at once', async () => {
  await using one = await startSluice({ args: ['--edge-name', 'one'] });
  await using two = await startSluice({ args: ['--edge-name', 'two'] });
  const other = ['--admin', two.adminUrl.slice('http://'.length)];
  await using tail = await startTail(one, ['--json', ...other]);
  const isWatching = (edge: Sluice) => tail.program.stderr.match(watching(edge));
  await Promise.all([one, two].map(isWatching));
  for (const edge of [one, two]) await curl(`http://${UNKNOWN}/`, { via: edge.address(1) });
  for (const name of ['one', 'two']) await tail.waitFor((line) => line['edge'] === name);
});

test('nothing that a client chose moves a cursor', async () => {
  await using sluice = await startSluice();
  await using table = await startTail(sluice, []);
  await using json = await startTail(sluice, ['--json']);
  const longest = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(62)}.test`;
  const heads = ['a\x1b[2J.test', 'a\x9b31m.test', '<script>.test', longest].map((name) =>
    clientHello(name, [alpn('\x1b]0;title\x07', '\x9b31m', '\r\n{"termination":"ok"}')]),
  );
  for (const head of [...heads, 'GET / HTTP/1.1\r\nHost: a\x1b[31m\r\n\r\n']) {
    await using client = await connectRaw(sluice.address(typeof head === 'string' ? 1 : 0));
    await client.send(Buffer.from(head as string, 'latin1'));
    await client.end();
  }
  await eventually(() => json.seen().length === 5 && table.program.stdout.seen.length === 6);
  for (const line of [...table.program.stdout.seen, ...json.program.stdout.seen])
    assert.match(line, /^[\x20-\x7e]+$/);
  assert.ok(json.seen().some(({ host }) => host === longest));
  assert.ok(table.program.stdout.text.includes(longest));
});

function watching({ adminUrl }: Sluice): RegExp {
  return new RegExp(`watching the edge at ${adminUrl.slice('http://'.length)}$`);
}

async function askAll(sluice: Sluice): Promise<void> {
  const via = sluice.address(1);
  await curl(`http://${UNKNOWN}/`, { via });
  await curl(`http://${NAME}/`, { via });
  await curl('http://a.wild.test/', { via, args: ['--interface', '127.0.0.2'] });
}

function hostsOf(tail: Tail): (SessionLine['host'] | undefined)[] {
  return tail.seen().map(({ host }) => host);
}
