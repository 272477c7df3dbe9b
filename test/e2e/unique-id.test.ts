import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { certificateFor } from '../support/certs.ts';
import { curl } from '../support/curl.ts';
import { startHaproxyBackend, type HaproxyBackend } from '../support/haproxy-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice, type SessionLine, type Sluice } from '../support/sluice.ts';
import { startTail } from '../support/tail.ts';
import { startTlsBackend } from '../support/tls-backend.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
// These lines are those of the README.
const HAPROXY_FORMAT = '%[fc_pp_unique_id] %ci:%cp %HM %HPO %ST';
const NGINX_FORMAT =
  '$proxy_protocol_addr:$proxy_protocol_port $request_method $request_uri $status';
const NGINX_ID_FORMAT = `$proxy_protocol_tlv_unique_id ${NGINX_FORMAT}`;
const args = ['--proxy-protocol', 'v2'];

test('a line of the access log and those of haproxy behind it are joined by the id', async () => {
  const certificate = await certificateFor('behind', NAME);
  await using secure = await startHaproxyBackend({
    name: 'secure',
    certificate,
    logFormat: HAPROXY_FORMAT,
  });
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [secure.address] } },
    args,
  });
  for (const path of ['/one', '/two'])
    await curl(`https://${NAME}${path}`, { via: sluice.address(), ca: certificate.ca });
  for (const path of ['/one', '/two']) {
    const [, id, client] = await secure.program.stdout.match(
      new RegExp(`^(\\S+) (\\S+) GET ${path} 200$`),
    );
    const session = await sluice.waitForSession((line) => line.id === id);
    assert.equal(session.client, client);
    assert.equal(session.host, NAME);
  }
});

test('several requests of one session have its one id in haproxy', async () => {
  await using plain = await startHaproxyBackend({ name: 'plain', logFormat: HAPROXY_FORMAT });
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [plain.address] } },
    args,
  });
  await using client = await connectRaw(sluice.address(1));
  for (const path of ['/one', '/two']) await ask(client, path);
  client.reset();
  const session = await sluice.waitForSession(({ host }) => host === NAME);
  for (const path of ['/one', '/two'])
    await plain.program.stdout.match(
      new RegExp(`^${session.id} ${session.client} GET ${path} 200$`),
    );
});

test('sluice tail finds the session that a backend has in its log, while it lives and as it ends', async () => {
  await using plain = await startHaproxyBackend({ name: 'plain', logFormat: HAPROXY_FORMAT });
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [plain.address] } },
    args,
  });
  await using client = await connectRaw(sluice.address(1));
  await ask(client, '/asked');
  const id = await idOf(plain, '/asked');
  await using tail = await startTail(sluice, ['--json', '--id', id]);
  const live = await tail.waitFor(() => true);
  assert.deepEqual([live.id, live['live'], live['phase'], live.host], [id, true, 'relaying', NAME]);
  await curl(`http://${NAME}/`, { via: sluice.address(1) });
  client.reset();
  assert.deepEqual(await tail.program.ended, { code: 0, signal: null });
  assert.deepEqual(
    tail.seen().map((line) => [line.id, line.termination]),
    [
      [id, undefined],
      [id, 'client-aborted'],
    ],
  );
});

test('a session that has just failed is found by its id', async () => {
  await using sluice = await startSluice({ routes: { [NAME]: { backends: ['127.0.0.1:1'] } } });
  await curl(`http://${NAME}/`, { via: sluice.address(1) });
  const { id } = await sluice.waitForSession(({ host }) => host === NAME);
  await using tail = await startTail(sluice, ['--json', '--id', id]);
  assert.deepEqual(await tail.program.ended, { code: 0, signal: null });
  const [line] = tail.seen();
  assert.deepEqual([line!.id, line!.termination], [id, 'connect-failed']);
});

test('a line of the access log and one of any nginx are joined by the client', async () => {
  await using backend = await startTlsBackend({
    name: 'nginx',
    names: [NAME],
    proxyProtocol: true,
    logFormat: NGINX_FORMAT,
  });
  await using sluice = await startSluice({
    routes: { [NAME]: { backends: [backend.address] } },
    args,
  });
  const { client } = await fetchOnce(sluice, backend.certificate.ca);
  await eventually(async () => (await backend.logged()).length === 1);
  assert.deepEqual(await backend.logged(), [`${client} GET /asked 200`]);
});

test(
  'a line of the access log and one of nginx from 1.23.2 on are joined by the id',
  { skip: await nginxLacksTlvs() },
  async () => {
    await using backend = await startTlsBackend({
      name: 'nginx',
      names: [NAME],
      proxyProtocol: true,
      logFormat: NGINX_ID_FORMAT,
    });
    await using sluice = await startSluice({
      routes: { [NAME]: { backends: [backend.address] } },
      args,
    });
    const { id, client } = await fetchOnce(sluice, backend.certificate.ca);
    await eventually(async () => (await backend.logged()).length === 1);
    assert.deepEqual(await backend.logged(), [`${id} ${client} GET /asked 200`]);
  },
);

async function fetchOnce(sluice: Sluice, ca: string): Promise<SessionLine> {
  await curl(`https://${NAME}/asked`, { via: sluice.address(), ca });
  return sluice.waitForSession(({ host }) => host === NAME);
}

/** Ask for a path and leave the connection open. */
async function ask(client: Awaited<ReturnType<typeof connectRaw>>, path: string): Promise<void> {
  await client.send(`GET ${path} HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`);
  await client.read(1);
}

async function idOf(haproxy: HaproxyBackend, path: string): Promise<string> {
  const [, id] = await haproxy.program.stdout.match(new RegExp(`^(\\S+) \\S+ GET ${path} 200$`));
  return id!;
}

async function nginxLacksTlvs(): Promise<string | false> {
  const { stderr } = await promisify(execFile)('nginx', ['-v']);
  const [major = 0, minor = 0, patch = 0] = /(\d+)\.(\d+)\.(\d+)/
    .exec(stderr)!
    .slice(1)
    .map(Number);
  const isNew = major > 1 || minor > 23 || (minor === 23 && patch >= 2);
  return isNew ? false : `nginx ${major}.${minor}.${patch} has no $proxy_protocol_tlv_unique_id`;
}
