import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { clientHello } from '../support/client-hello.ts';
import { refusingAddress, silentAddress } from '../support/dead-addresses.ts';
import { makeFolder } from '../support/folder.ts';
import { sumOf } from '../support/metrics.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { Owned } from '../support/owned.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawBackend, type RawBackend } from '../support/raw-backend.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
// What one worker meets, another hears of within seconds only.
const ONE_WORKER = process.env['TEST_ENGINE'] === 'net' ? [] : ['--workers=1'];
const CLOCK = join(import.meta.dirname, '../support/clock-set-back.js');
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const OTHER = 'other.example.test';
// Enough of a hello to have the name in it.
const HELLO_LENGTH = clientHello(NAME).length;
// A few in a row that fail are enough.
const MOST_ASKED = 200;
// The beginning of a handshake record: what probes take for TLS.
const TLS_ANSWER = '\x16\x03\x03\x00\x40';

test('a backend that answers nobody is put out of use, and clients wait for it no more', async () => {
  await using silent = await silentAddress();
  await using b = await startNamedBackend('b');
  await using c = await startNamedBackend('c');
  await using sluice = await startInTurn(
    { [NAME]: [silent, b, c] },
    '--connect-timeout',
    '300ms',
    '--eject-for',
    '10m',
  );
  // Three sessions have to wait for it, one after the other.
  const asked = await untilEjected(sluice, 1, async () => {
    assert.match(await askTls(sluice.address(), NAME), /^[bc]$/);
  });
  const timeouts = () => countOf(sluice, 'sluice_backend_connects_total', { result: 'timeout' });
  assert.equal(await timeouts(), 3);
  let answers = '';
  for (let i = 0; i < 8; i++) answers += await askTls(sluice.address(), NAME);
  assert.match(answers, /^(?:bc){4}$|^(?:cb){4}$/);
  await sluice.waitForMetric('sluice_sessions_total', {}, asked + 8);
  assert.equal(await timeouts(), 3);
  assert.equal(await countOf(sluice, 'sluice_ejections_total', { cause: 'timeout' }), 1);
});

test('the last backend stays in use, whatever it does', async () => {
  const port = await freePort();
  await using sluice = await startInTurn({ [NAME]: [{ address: `127.0.0.1:${port}` }] });
  for (let i = 0; i < 5; i++) assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  await sluice.waitForMetric('sluice_backends_ejected', {}, 1);
  await using _back = await startNamedBackend('back', { port });
  assert.equal(await askTls(sluice.address(), NAME), 'back');
});

test('no larger share of a route is passed over than --max-ejected, and all are better than nobody', async () => {
  const port = await freePort();
  await using one = await refusingAddress();
  await using two = await refusingAddress();
  const routes = { [NAME]: [one, two, { address: `127.0.0.1:${port}` }] };
  await using sluice = await startInTurn(routes, '--eject-for', '10m');
  await untilEjected(sluice, 3, async () => {
    assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  });
  await using _back = await startNamedBackend('back', { port });
  for (let i = 0; i < 6; i++) assert.equal(await askTls(sluice.address(), NAME), 'back');
});

test('with --max-ejected off and --eject-after 0, every backend has its turn', async () => {
  for (const args of [
    ['--max-ejected', 'off'],
    ['--eject-after', '0'],
  ]) {
    await using dead = await refusingAddress();
    await using alive = await startNamedBackend('alive');
    await using sluice = await startInTurn({ [NAME]: [dead, alive] }, ...args);
    for (let i = 0; i < 12; i++) assert.equal(await askTls(sluice.address(), NAME), 'alive');
    const refused = () => countOf(sluice, 'sluice_backend_connects_total', { result: 'refused' });
    // The second choice of a session takes a turn too.
    assert.equal(await refused(), 6, args[0]);
  }
});

test('a backend that is back has clients again once it has proved it', async () => {
  const port = await freePort();
  await using a = await startNamedBackend(`${TLS_ANSWER}a`);
  const routes = { [NAME]: [{ address: `127.0.0.1:${port}` }, a] };
  await using sluice = await startInTurn(routes, '--eject-for', '100ms', '--slow-start', '0ms');
  await untilEjected(sluice, 1, async () => {
    assert.equal(await askTls(sluice.address(), NAME), `${TLS_ANSWER}a`);
  });
  await using back = await startNamedBackend(`${TLS_ANSWER}b`, { port });
  await sluice.waitForMetric('sluice_backends_ejected', {}, 0);
  assert.ok(back.accepted > 0, 'a probe came first');
  const answers = [await askTls(sluice.address(), NAME), await askTls(sluice.address(), NAME)];
  assert.deepEqual(answers.sort(), [`${TLS_ANSWER}a`, `${TLS_ANSWER}b`]);
});

test('an ejection is over in time, though the clock of the machine is set back', async () => {
  const port = await freePort();
  await using clock = await makeFolder();
  await using a = await startNamedBackend(`${TLS_ANSWER}a`);
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [`127.0.0.1:${port}`, a.address] } },
    args: ['--balance', 'round-robin', '--eject-for', '2s', '--slow-start', '100ms'],
    env: { NODE_OPTIONS: `--import=${CLOCK}`, CLOCK: clock.path },
  });
  while ((await countOf(sluice, 'sluice_backends_ejected')) === 0)
    await askTls(sluice.address(), NAME);
  await writeFile(clock.file('set-back'), '');
  await using _back = await startNamedBackend(`${TLS_ANSWER}b`, { port });
  await sluice.waitForMetric('sluice_backends_ejected', {}, 0);
  // Its slow start is over in time, too: it has every other session.
  await eventually(async () => {
    const answers = [await askTls(sluice.address(), NAME), await askTls(sluice.address(), NAME)];
    return answers.some((answer) => answer.endsWith('b'));
  });
});

const TURNED_DOWN = [
  ['tls', 'reset'],
  ['http', 'reset'],
  ['http', 'finish'],
] as const;

for (const [protocol, end] of TURNED_DOWN) {
  const does = end === 'reset' ? 'resets' : 'closes';
  test(`a backend that ${does} connections of ${protocol} before its first byte is put out of use`, async () => {
    await using bad = await startTurningDown(end);
    await using good = await startNamedBackend('good');
    await using sluice = await startInTurn({ [NAME]: [bad, good] }, '--eject-for', '10m');
    const ask = protocol === 'tls' ? askTls : askHttp;
    const address = sluice.addresses[protocol === 'tls' ? 0 : 1]!;
    await untilEjected(sluice, 1, () => ask(address, NAME));
    assert.equal(bad.accepted, 3);
    for (let i = 0; i < 4; i++) assert.equal(await ask(address, NAME), 'good');
    assert.equal(bad.accepted, 3);
  });
}

test('a backend that resets some connections is not put out of use while it answers others that stay open', async () => {
  await using backend = await startRawBackend({
    onConnection: (connection) => void answerUnlessBad(connection).catch(() => {}),
  });
  await using sluice = await startInTurn({ [NAME]: [backend] }, ...ONE_WORKER);
  await using owned = new Owned();
  for (let i = 0; i < 12; i++) {
    const good = owned.use(await request(sluice, '/good'));
    assert.match((await good.read(OK.length)).toString(), /^HTTP\/1.1 200/);
    await using bad = await request(sluice, '/bad');
    await bad.end();
  }
  await sluice.waitForMetric('sluice_sessions_total', {}, 12);
  assert.equal(await countOf(sluice, 'sluice_ejections_total'), 0);
});

test('a client that ends before its backend does puts nobody out of use', async () => {
  await using silent = await startRawBackend({
    onConnection: (connection) => void connection.end().then(() => connection.finish()),
  });
  await using good = await startNamedBackend('good');
  await using sluice = await startInTurn({ [NAME]: [silent, good] });
  for (let i = 0; i < 12; i++) {
    await using client = await connectRaw(sluice.address(1));
    await client.send(`GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
    await client.finish();
    await client.end();
  }
  await sluice.waitForMetric('sluice_sessions_total', {}, 12);
  assert.equal(silent.accepted, 6);
  assert.equal(await countOf(sluice, 'sluice_ejections_total'), 0);
});

test('a hello that every backend turns down puts none of them out of use', async () => {
  await using one = await startPicky(NAME);
  await using two = await startPicky(NAME);
  const routes = { [NAME]: [one, two], [OTHER]: [one, two] };
  await using sluice = await startInTurn(routes);
  for (let i = 0; i < 12; i++) assert.equal(await askTls(sluice.address(), OTHER), 'closed');
  assert.equal(await askTls(sluice.address(), NAME), 'served');
  assert.equal(await countOf(sluice, 'sluice_backends_ejected'), 0);
  assert.equal(await countOf(sluice, 'sluice_ejections_total'), 0);
});

async function request(sluice: Sluice, path: string): Promise<RawSocket> {
  const client = await connectRaw(sluice.address(1));
  await client.send(`GET ${path} HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
  return client;
}

async function answerUnlessBad(connection: RawSocket): Promise<void> {
  const head = (await connection.read('GET /good'.length)).toString();
  if (head.startsWith('GET /good')) await connection.send(OK);
  else connection.reset();
}

interface Place {
  readonly address: string;
}

/** Round robin begins with the first of a route. */
function startInTurn(
  routes: Readonly<Record<string, readonly Place[]>>,
  ...args: readonly string[]
): Promise<Sluice> {
  const entries = Object.entries(routes).map(([name, backends]) => {
    return [name, { backends: backends.map(({ address }) => address) }] as const;
  });
  return startSluice({
    routes: Object.fromEntries(entries),
    args: ['--balance', 'round-robin', '--retry-budget', 'off', ...args],
  });
}

/** Ask one after the other until so many backends are out of use. How many asked. */
async function untilEjected(
  sluice: Sluice,
  count: number,
  ask: () => Promise<unknown>,
): Promise<number> {
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    if ((await countOf(sluice, 'sluice_backends_ejected')) >= count) return asked;
    await ask();
  }
  return assert.fail(`fewer than ${count} out of use after ${MOST_ASKED} sessions`);
}

async function countOf(
  sluice: Sluice,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  return sumOf(await sluice.metrics(), name, labels);
}

/** A port that refuses, until somebody listens there. */
async function freePort(): Promise<number> {
  await using backend = await startRawBackend();
  return backend.port;
}

/** Reads what comes first, and ends the connection without a word. */
function startTurningDown(end: 'reset' | 'finish'): Promise<RawBackend> {
  const turnDown = async (connection: RawSocket) => {
    await connection.read(1);
    void connection[end]();
  };
  return startRawBackend({ onConnection: (connection) => void turnDown(connection) });
}

/** Serves one name, and hangs up on every other without a word. */
function startPicky(name: string): Promise<RawBackend> {
  const judge = async (connection: RawSocket) => {
    const head = await connection.read(HELLO_LENGTH);
    if (head.includes(name)) await connection.send('served');
    await connection.finish();
  };
  return startRawBackend({ onConnection: (connection) => void judge(connection) });
}
