import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TlsHeadReader } from '../../src/inspect/tls/tls-head.ts';
import { startAnsweringBackend } from '../support/answering-backend.ts';
import { askHttp, askTls } from '../support/ask.ts';
import { Owned } from '../support/owned.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import type { RawSocket } from '../support/raw-socket.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const SERVER_HELLO = Buffer.of(0x16, 3, 3, 0, 1, 2);
const EJECTED = 'sluice_backends_ejected';
const IMPATIENT = ['--eject-after=1', '--eject-for=200ms', '--slow-start=0s', '--balance=random'];
const PROBING = ['--probe=tls', '--probe-interval=100ms', '--probe-fall=2', '--probe-rise=2'];

test('no client is sent to a backend that failed before a probe was answered', async () => {
  await using owned = new Owned();
  const good = owned.use(await startAnsweringBackend('g'));
  const bad = await startAnsweringBackend('b');
  const sluice = owned.use(await startWith([good.address, bad.address], IMPATIENT));
  await bad[Symbol.asyncDispose]();
  await askUntilEjected(sluice);
  const back = owned.use(await startRawBackend({ port: bad.port }));
  const probe = await back.accept();
  assert.equal(await nameAsked(probe), NAME);
  for (let i = 0; i < 20; i++) assert.equal(await lastOf(sluice), 'g');
  assert.equal(back.accepted, 1);
  await probe.send(SERVER_HELLO);
  await sluice.waitForMetric(EJECTED, {}, 0);
  await sluice.waitForMetric('sluice_probes_total', { kind: 'tls', result: 'ok' }, 1);
  const session = back.accept();
  await eventually(async () => {
    void lastOf(sluice).catch(() => {});
    return back.accepted > 1;
  });
  await (await session).finish();
});

test('a backend whose recovery is disproved stays out, and explain says until when and why', async () => {
  await using owned = new Owned();
  const good = owned.use(await startAnsweringBackend('g'));
  const bad = owned.use(await startAnsweringBackend('b'));
  const sluice = owned.use(await startWith([good.address, bad.address], IMPATIENT));
  bad.closesOn = () => true;
  await askUntilEjected(sluice);
  const closed = { kind: 'tls', result: 'closed' };
  await sluice.waitForMetric('sluice_probes_total', closed, 1);
  const { ejectedUntil, ejectedBecause } = await eventually(async () => {
    const address = await explained(sluice, bad.address);
    return address.ejectedBecause?.startsWith('a probe') ? address : null;
  });
  assert.equal(ejectedBecause, 'a probe was closed without an answer');
  assert.ok(ejectedUntil! > Date.now() - 60_000);
  assert.equal((await sluice.metrics()).get(EJECTED), 1);
});

test('active probes take a backend out before a client meets it, and bring it back', async () => {
  await using owned = new Owned();
  const backends = [];
  for (const name of ['a', 'b']) backends.push(owned.use(await startAnsweringBackend(name)));
  const addresses = backends.map(({ address }) => address);
  const sluice = owned.use(await startWith(addresses, [...PROBING, '--slow-start=0s']));
  await askForAll(sluice, ['a', 'b']);
  const [a] = backends;
  a!.closesOn = () => true;
  await sluice.waitForMetric(EJECTED, {}, 1);
  for (let i = 0; i < 20; i++) assert.equal(await lastOf(sluice), 'b');
  await sluice.waitForLog(
    ({ msg, why }) => msg === 'a backend is ejected' && /probe/.test(String(why)),
  );
  a!.closesOn = null;
  await sluice.waitForMetric(EJECTED, {}, 0);
  await sluice.waitForLog(({ msg }) => msg === 'a backend is back');
  await askForAll(sluice, ['a', 'b']);
  const retried = sluice.sessions().filter(({ retries }) => retries > 0);
  assert.deepEqual(retried, []);
});

test('a plain route may be probed by HTTP, by its path and the status it expects', async () => {
  await using owned = new Owned();
  const asked: string[] = [];
  let status = '200 OK';
  const answer = async (connection: RawSocket) => {
    await connection.read(1);
    await connection.send(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`);
    await connection.finish();
    await connection.end();
    asked.push(connection.bytes().toString());
  };
  const start = () => startRawBackend({ onConnection: (connection) => void answer(connection) });
  const backends = [owned.use(await start()).address, owned.use(await start()).address];
  const sluice = owned.use(
    await startSluice({
      routes: { [NAME]: { backends, probe: 'http' } },
      args: ['--probe-interval=100ms', '--probe-fall=1', '--probe-rise=1', '--probe-path=/up'],
    }),
  );
  await askHttp(sluice.address(1), NAME);
  await eventually(() => asked.some((text) => text.includes('ET /up HTTP/1.1\r\nHost: app.')));
  status = '503 Down';
  await eventually(async () => (await sluice.metrics()).get(EJECTED)! > 0);
  status = '200 OK';
  await sluice.waitForMetric(EJECTED, {}, 0);
  const { body } = await sluice.admin('/metrics');
  assert.match(body, /^sluice_probes_total\{kind="http",result="bad-status"\} [1-9]/m);
  assert.match(body, /^sluice_probe_duration_seconds_bucket\{le="\+Inf"\} [1-9]/m);
});

test('a real TLS backend behind a PROXY header is probed as what it is', async () => {
  await using owned = new Owned();
  const backend = owned.use(
    await startTlsBackend({ name: 'real', names: [NAME], proxyProtocol: true }),
  );
  const sluice = owned.use(await startWith([backend.address], [...PROBING, '--proxy-protocol=v2']));
  await askTls(sluice.address(), NAME);
  await eventually(async () => {
    const { body } = await sluice.admin('/metrics');
    return /^sluice_probes_total\{kind="tls",result="ok"\} [1-9]/m.test(body);
  });
  assert.equal((await sluice.metrics()).get(EJECTED), 0);
});

function startWith(backends: readonly string[], args: readonly string[]): Promise<Sluice> {
  return startSluice({ routes: { [NAME]: { backends } }, args });
}

async function lastOf(sluice: Sluice): Promise<string> {
  return (await askTls(sluice.address(), NAME)).at(-1)!;
}

async function askForAll(sluice: Sluice, names: readonly string[]): Promise<void> {
  const left = new Set(names);
  await eventually(async () => {
    left.delete(await lastOf(sluice));
    return left.size === 0;
  });
}

async function askUntilEjected(sluice: Sluice): Promise<void> {
  await eventually(async () => {
    await lastOf(sluice);
    return (await sluice.metrics()).get(EJECTED) === 1;
  });
}

interface ExplainedAddress {
  readonly address: string;
  readonly ejectedUntil: number | null;
  readonly ejectedBecause: string | null;
}

async function explained(sluice: Sluice, backend: string): Promise<ExplainedAddress> {
  const { body } = await sluice.admin(`/api/v1/explain?host=${NAME}`);
  const { members } = JSON.parse(body) as { members: { addresses: ExplainedAddress[] }[] };
  const all = members.flatMap(({ addresses }) => addresses);
  return all.find(({ address }) => address === backend)!;
}

async function nameAsked(probe: RawSocket): Promise<string | null> {
  for (;;) {
    const head = await probe.read(probe.received + 1);
    const reading = new TlsHeadReader(16_384).read(head);
    if (reading.kind === 'hello') return reading.hello.serverName;
  }
}
