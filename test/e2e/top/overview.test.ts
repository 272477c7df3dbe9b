import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Overview } from '../../../src/control/report/overview/overview.ts';
import { askTls } from '../../support/ask.ts';
import { clientHello } from '../../support/client-hello.ts';
import { refusingAddress } from '../../support/dead-addresses.ts';
import { startNamedBackend } from '../../support/named-backend.ts';
import { startRawBackend } from '../../support/raw-backend.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { runSluice, startSluice, type Sluice } from '../../support/sluice.ts';
import { eventually } from '../../support/wait.ts';

const HOST = 'app.example.test';
const BROKEN = 'broken.example.test';

test('the overview counts sessions by where they stand, and names their host and backend', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({ routes: { [HOST]: { backends: [backend.address] } } });
  await using client = await connectRaw(sluice.address());
  await client.send(clientHello(HOST));
  await using connection = await backend.accept();
  await connection.read(1);
  await using silent = await connectRaw(sluice.address());

  const seen = await overviewWhere(sluice, ({ sessions, hosts, connectMs }) => {
    return (
      sessions.relaying === 1 &&
      sessions.hello === 1 &&
      hosts.length === 1 &&
      connectMs.p50 !== null
    );
  });
  assert.deepEqual([seen.sessions.connecting, seen.sessions.waiting], [0, 0]);
  assert.equal(seen.hosts[0]!.host, HOST);
  assert.equal(seen.hosts[0]!.active, 1);
  assert.deepEqual(seen.backends, [
    { address: backend.address, sessions: 1, state: 'healthy', cause: null, until: null },
  ]);
  assert.equal(seen.workers[0]!.sessions, 2);
  assert.ok(seen.connectMs.p50! <= seen.connectMs.p99!);
  assert.ok(seen.rates.sessions > 0);
  assert.deepEqual([seen.ready, seen.problems, seen.source.kind], [true, [], 'file']);
  assert.ok(seen.runtime.rssBytes > 1e6);
  await silent.finish();
});

test('a backend out of use says why and until when, and failed sessions come newest first', async () => {
  await using dead = await refusingAddress();
  await using sluice = await startSluice({
    routes: { [BROKEN]: { backends: [dead.address] } },
    args: ['--eject-after=2', '--eject-for=10m'],
  });
  for (let i = 0; i < 3; i++) assert.equal(await askTls(sluice.address(), BROKEN), 'alert 80');
  const seen = await overviewWhere(sluice, ({ backends: [first], failures }) => {
    return first?.state === 'ejected' && failures.length === 3;
  });
  const [backend] = seen.backends;
  assert.equal(backend!.address, dead.address);
  assert.match(backend!.cause!, /\w/);
  assert.ok(Date.parse(backend!.until!) > Date.parse(seen.time));
  const times = seen.failures.map(({ time }) => String(time));
  assert.deepEqual(times, times.toSorted().toReversed());
  assert.ok(seen.failures.every((failure) => failure['host'] === BROKEN));
  const failed = seen.ended['connect-failed'] + seen.ended['no-backend'];
  assert.equal(failed, 3);
  assert.ok(seen.rates.failures > 0);
});

test('events tell an overview at once and each second, and each failure as it comes', async () => {
  await using dead = await refusingAddress();
  await using sluice = await startSluice({ routes: { [BROKEN]: { backends: [dead.address] } } });
  const stop = new AbortController();
  const response = await fetch(`${sluice.adminUrl}/api/v1/events`, { signal: stop.signal });
  assert.match(response.headers.get('content-type')!, /^text\/event-stream/);
  let text = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body!) text += decoder.decode(bytes, { stream: true });
  })().catch(() => {});
  await eventually(() => eventsIn(text, 'overview').length > 0);
  await askTls(sluice.address(), BROKEN);
  await eventually(() => eventsIn(text, 'failure').length > 0);
  await eventually(() => {
    const overviews = eventsIn(text, 'overview') as Overview[];
    const last = overviews.at(-1)!;
    return new Set(overviews.map(({ time }) => time)).size >= 3 && last.failures.length === 1;
  });
  const [failure] = eventsIn(text, 'failure') as { host: string; termination: string }[];
  assert.deepEqual([failure!.host, failure!.termination], [BROKEN, 'connect-failed']);
  stop.abort();
  await reading;
});

test('top prints all of it once where there is no terminal, and as JSON what the API answers', async () => {
  await using backend = await startNamedBackend('one');
  await using sluice = await startSluice({ routes: { [HOST]: { backends: [backend.address] } } });
  assert.equal(await askTls(sluice.address(), HOST), 'one');
  await overviewWhere(sluice, ({ hosts }) => hosts.length === 1);
  const admin = `--admin=${new URL(sluice.adminUrl).host}`;
  for (const flags of [[], ['--once']]) {
    const { code, stdout, stderr } = await runSluice(['top', admin, ...flags]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^READY {2}sluice /m);
    assert.match(stdout, /^HOSTS:\nHOST +ACTIVE +SESS\/S .*\napp\.example\.test +0 /m);
    assert.match(stdout, new RegExp(`^BACKENDS:\\n.*\\n${backend.address} +healthy +0 `, 'm'));
    assert.match(stdout, /^WORKERS:\n.*\n +0 +running /m);
    assert.match(stdout, /^FAILURES: none$/m);
    assert.match(stdout, /^[\x20-\x7e\n]*$/);
  }
  const { code, stdout } = await runSluice(['top', admin, '--json']);
  assert.equal(code, 0);
  const told = JSON.parse(stdout) as Overview;
  assert.equal(told.ended.ok, 1);
  assert.deepEqual(Object.keys(told), Object.keys(await overview(sluice)));
});

test('top says in words that there is no edge, and that it shows one only', async () => {
  await using dead = await refusingAddress();
  const none = await runSluice(['top', `--admin=${dead.address}`]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^sluice: no edge answers at \S+: connection refused; see --admin$/);
  const two = await runSluice(['top', '--admin=127.0.0.1:1', '--admin=127.0.0.1:2']);
  assert.equal(two.code, 2);
  assert.match(two.stderr, /^--admin: is given more than once/);
});

async function overview(sluice: Sluice): Promise<Overview> {
  const { status, body } = await sluice.admin('/api/v1/overview');
  assert.equal(status, 200, body);
  return JSON.parse(body) as Overview;
}

/** The first overview that shows it. */
async function overviewWhere(
  sluice: Sluice,
  shows: (overview: Overview) => boolean,
): Promise<Overview> {
  let last: Overview | null = null;
  const look = async () => shows((last = await overview(sluice)));
  await eventually(look).catch((error: unknown) => {
    throw new Error(`the last one: ${JSON.stringify(last, null, 1)}`, { cause: error });
  });
  return last!;
}

/** The data of the events of this name. */
function eventsIn(text: string, name: string): object[] {
  const pieces = text.split('\n\n').slice(0, -1);
  const head = `event: ${name}\ndata: `;
  return pieces
    .filter((piece) => piece.startsWith(head))
    .map((piece) => JSON.parse(piece.slice(head.length)) as object);
}
