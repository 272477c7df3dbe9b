import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { alpn, clientHello } from '../support/client-hello.ts';
import { curl } from '../support/curl.ts';
import { makeFolder } from '../support/folder.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice, type SessionLine, type Sluice } from '../support/sluice.ts';
import { eventually, within } from '../support/wait.ts';

const NAME = 'app.example.test';
const UNKNOWN = 'unknown.example.test';
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
// What a terminal would act on.
const CONTROLS = /\p{Cc}/u;

test('a session is one JSON line with all that there is to know of it', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({
    routes: { '*.example.test': { backends: [backend.address] } },
    args: ['--edge-name', 'edge-7'],
  });
  await using client = await connectRaw(sluice.address());
  const hello = clientHello('APP.example.test', [alpn('h2', 'http/1.1')]);
  await client.send(hello);
  await using connection = await backend.accept();
  await connection.send('answer');
  await client.read(6);
  await Promise.all([client.finish(), connection.finish()]);
  const { time, id, hello_ms, route_ms, connect_ms, first_byte_ms, total_ms, ...rest } =
    await sluice.waitForSession(() => true);
  assert.deepEqual(rest, {
    level: 'info',
    edge: 'edge-7',
    listener: 'tls://127.0.0.1:0',
    client: client.localAddress,
    protocol: 'tls',
    host: NAME,
    alpn: 'h2,http/1.1',
    route: '*.example.test',
    backend: backend.address,
    termination: 'ok',
    letters: '--',
    retries: 0,
    bytes_from_client: hello.length,
    bytes_from_backend: 6,
  });
  assert.match(String(time), ISO_TIME);
  assert.match(id, /^[\w-]+$/);
  const stages = [hello_ms, route_ms, connect_ms, first_byte_ms];
  for (const ms of [...stages, total_ms]) assert.ok(typeof ms === 'number' && ms >= 0);
  assert.equal(sluice.program.stdout.seen.length, 1);
});

test('what a session did not reach is not in its line', async () => {
  await using sluice = await startSluice();
  await using client = await connectRaw(sluice.address(1));
  await client.send('GET / HTTP/1.1\r\nHost: unknown.example.test:8080\r\n\r\n');
  await client.end();
  const {
    time: _t,
    id: _i,
    edge: _e,
    hello_ms: _h,
    route_ms: _r,
    total_ms: _s,
    ...rest
  } = await sluice.waitForSession(() => true);
  assert.deepEqual(rest, {
    level: 'info',
    listener: 'http://127.0.0.1:0',
    client: client.localAddress,
    protocol: 'http',
    host: UNKNOWN,
    termination: 'unknown-host',
    letters: 'PR',
    retries: 0,
    bytes_from_client: client.socket.bytesWritten,
    bytes_from_backend: 0,
  });
});

test('a file is appended to, and holds the last lines when the edge has ended', async () => {
  await using folder = await makeFolder();
  const file = folder.file('access.log');
  for (const lines of [1, 2]) {
    await using sluice = await startSluice({ args: ['--access-log', file] });
    await curl(`http://${UNKNOWN}/`, { via: sluice.address(1) });
    assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
    assert.deepEqual(sluice.program.stdout.seen, []);
    const written = (await readFile(file, 'utf8')).split('\n');
    assert.equal(written.pop(), '');
    const hosts = written.map((line) => (JSON.parse(line) as SessionLine).host);
    assert.deepEqual(
      hosts,
      Array.from({ length: lines }, () => UNKNOWN),
    );
  }
});

test('without an access log nothing is written, and sessions are counted', async () => {
  await using sluice = await startSluice({ args: ['--access-log', 'off'] });
  await curl(`http://${UNKNOWN}/`, { via: sluice.address(1) });
  await sluice.waitForMetric('sluice_sessions_total', { termination: 'unknown-host' }, 1);
  await sluice.stop();
  assert.deepEqual(sluice.program.stdout.seen, []);
});

const FORGED = '{"termination":"ok","host":"forged.example.test"}';

test('no client can forge a line, or send anything to the terminal of its reader', async () => {
  await using backend = await startRawBackend();
  const routes = { httpsDefault: { backends: [backend.address] } };
  await using sluice = await startSluice({ routes });
  const hostile = [`a\r\n${FORGED}`, 'a\x1b[2J.test', 'a\0.test', 'a\x9b31m.test', '"},{".test'];
  const longest = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(62)}.test`;
  const heads: (readonly [number, string | Buffer])[] = [
    ...hostile.map((name) => [0, clientHello(name)] as const),
    ...hostile.map((name) => [1, `GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`] as const),
    [0, clientHello(`${longest}.too.long`)],
    [1, `GET / HTTP/1.1\r\nHost: ${longest}\r\n\r\n`],
    [1, `GET /\r\n${FORGED} HTTP/1.1\r\nHost: ${UNKNOWN}\r\n\r\n`],
  ];
  for (const [listener, head] of heads) {
    await using client = await connectRaw(sluice.address(listener));
    await client.send(Buffer.from(head as string, 'latin1'));
    await client.end();
  }
  const protocols = [`h2\r\n${FORGED}`, '\x1b]0;title\x07', '\x9b31m', 'a,b'];
  await using client = await connectRaw(sluice.address());
  await client.send(clientHello(NAME, [alpn(...protocols)]));
  await using connection = await backend.accept();
  await connection.send('!');
  await client.read(1);
  client.reset();
  const relayed = await sluice.waitForSession(({ alpn: offered }) => offered !== undefined);

  await sluice.stop();
  assert.equal(sluice.program.stdout.seen.length, heads.length + 1);
  for (const line of sluice.program.stdout.seen) {
    assert.doesNotMatch(line, CONTROLS);
    const { host = '', termination } = JSON.parse(line) as SessionLine;
    assert.ok([NAME, longest, ''].includes(host), line);
    assert.notEqual(termination, 'ok');
  }
  assert.doesNotMatch(String(relayed['alpn']), CONTROLS);
  assert.match(String(relayed['alpn']), /^h2\\x0d\\x0a/);
});

test('when the reader of the log is gone, sessions go on and lost lines are counted', async () => {
  await using site = await startHttpBackend({ name: 'site' });
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [site.address] } } });
  sluice.program.child.stdout!.destroy();
  for (const lost of [1, 2]) {
    const answer = await curl(`http://${NAME}/`, { via: sluice.address(1) });
    assert.equal(answer.echo['backend'], 'site');
    await sluice.waitForMetric('sluice_access_lines_dropped_total', {}, lost);
  }
  const said = sluice.log().filter(({ msg }) => msg === 'access log');
  assert.deepEqual(
    said.map(({ level, error }) => [level, error]),
    [['error', 'write EPIPE']],
  );
  assert.deepEqual(await sluice.stop(), { code: 0, signal: null });
});

test('a reader of the log that does not read stops neither sessions nor the end of the edge', async () => {
  await using sluice = await startSluice();
  sluice.program.child.stdout!.pause();
  await eventually(async () => {
    await askMany(sluice);
    const dropped = (await sluice.metrics()).get('sluice_access_lines_dropped_total');
    return dropped! > 0;
  });
  const exited = once(sluice.program.child, 'exit');
  sluice.signal('SIGTERM');
  assert.deepEqual(await within(exited, () => 'the edge goes on'), [0, null]);
});

/** A few hundred sessions with lines as long as they get. */
async function askMany(sluice: Sluice): Promise<void> {
  const offers = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(2) + '\x1b'.repeat(30));
  const hello = clientHello(UNKNOWN, [alpn(...offers)]);
  for (let n = 0; n < 20; n++) {
    await Promise.all(Array.from({ length: 20 }, () => ask(sluice.address(), hello)));
  }
}

async function ask(address: string, hello: Buffer): Promise<void> {
  await using client = await connectRaw(address);
  await client.send(hello);
  await client.end();
}
