import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { certificateFor, type Certificate } from '../support/certs.ts';
import { curl } from '../support/curl.ts';
import { readEcho, type Echo } from '../support/echo.ts';
import { makeFolder } from '../support/folder.ts';
import { opensslConnect } from '../support/openssl-client.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { ROOT } from '../support/root.ts';
import { startSluice, type Sluice } from '../support/sluice.ts';
import { startTlsBackend, type TlsBackend } from '../support/tls-backend.ts';
import { eventually } from '../support/wait.ts';

const NAME = 'app.example.test';
const HELLOS = join(ROOT, 'fixtures/hello');
const run = promisify(execFile);
const noPython = spawnSync('python3', ['-c', 'import ssl']).status !== 0 && 'there is no python3';

test('curl speaks TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2', async () => {
  await using world = await startWorld();
  const { sluice, backend } = world;
  for (const tls of ['1.2', '1.3']) {
    for (const [flag, protocol, alpn] of [
      ['--http1.1', 'HTTP/1.1', 'http/1.1'],
      ['--http2', 'HTTP/2.0', 'h2'],
    ] as const) {
      const args = [flag, `--tlsv${tls}`, '--tls-max', tls];
      const { ca } = backend.certificate;
      const answer = await curl(`https://${NAME}/`, { via: sluice.address(), ca, args });
      assert.equal(answer.stderr, '');
      const { echo } = answer;
      assert.deepEqual(
        [echo['backend'], echo['server_name'], echo['protocol'], echo['alpn']],
        ['app', NAME, protocol, alpn],
      );
    }
  }
});

test('openssl s_client verifies the certificate under TLS 1.2 and 1.3', async () => {
  await using world = await startWorld();
  const { sluice, backend } = world;
  for (const [flag, version] of [
    ['-tls1_2', 'TLSv1.2'],
    ['-tls1_3', 'TLSv1.3'],
  ] as const) {
    const trust = ['-CAfile', backend.certificate.ca, '-verify_return_error'];
    const args = [flag, ...trust, '-verify_hostname', NAME];
    const seen = await opensslConnect(sluice.address(), { serverName: NAME, args });
    assert.deepEqual([seen.exitCode, seen.protocol], [0, version], seen.output);
    assert.match(seen.output, /Verify return code: 0 \(ok\)/);
  }
});

test('Node verifies the certificate under TLS 1.2 and 1.3', async () => {
  await using world = await startWorld();
  const { sluice, backend } = world;
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const echo = await askByNode(sluice, backend.certificate, version);
    assert.deepEqual([echo['backend'], echo['server_name']], ['app', NAME]);
  }
});

test('Python verifies the certificate', { skip: noPython }, async () => {
  await using world = await startWorld();
  const { sluice, backend } = world;
  const [host, port] = sluice.address().split(':') as [string, string];
  const script = `
import http.client, socket, ssl, sys
ca, host, port, name = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
connection = http.client.HTTPConnection(name)
connection.sock = context.wrap_socket(socket.create_connection((host, int(port))), server_hostname=name)
connection.request('GET', '/')
print(connection.getresponse().read().decode())
`;
  const args = [backend.certificate.ca, host, port, NAME];
  const { stdout } = await run('python3', ['-c', script, ...args]);
  assert.equal(readEcho(stdout)['backend'], 'app');
});

test('a client that expects another certificate says no, as it would without us', async () => {
  await using world = await startWorld();
  const { sluice, backend } = world;
  await sluice.writeRoutes({ 'other.example.test': { backends: [backend.address] } });
  await sluice.waitForMetric('sluice_route_sync_total', { trigger: 'invalidate' }, 1);
  const { ca } = backend.certificate;
  const answer = await curl('https://other.example.test/', { via: sluice.address(), ca });
  assert.equal(answer.exitCode, 60);
});

test('megabytes are the same on both ends, both ways', async () => {
  await using folder = await makeFolder();
  const sent = randomBytes(4_000_000).toString('hex');
  await writeFile(folder.file('sent'), sent);
  const certificate = await certificateFor('mirror', NAME);
  await using mirror = await startMirror(certificate);
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [mirror.address] } } });
  for (const version of ['1.2', '1.3']) {
    const { body, stderr } = await curl(`https://${NAME}/`, {
      via: sluice.address(),
      ca: certificate.ca,
      args: ['--tls-max', version, '--data-binary', `@${folder.file('sent')}`],
    });
    assert.equal(stderr, '');
    // Not by assert.equal: it would print them.
    assert.ok(body === sent, `${body.length} of ${sent.length} characters`);
  }
  await eventually(() => sluice.sessions().length === 2);
  for (const { bytes_from_client, bytes_from_backend } of sluice.sessions()) {
    assert.ok(bytes_from_client > sent.length && bytes_from_backend > sent.length);
  }
});

test('every recorded hello reaches the backend byte for byte', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({
    listeners: ['tls://127.0.0.1:0'],
    routes: { httpsDefault: { backends: [backend.address] } },
    args: ['--hello-max-bytes', '64k'],
  });
  const names = readdirSync(HELLOS).filter((file) => file.endsWith('.bin'));
  assert.ok(names.length > 20);
  for (const name of names) {
    const recorded = await readFile(join(HELLOS, name));
    await using client = await connectRaw(sluice.address());
    await client.send(recorded);
    await using connection = await backend.accept();
    await client.finish();
    assert.equal(await connection.end(), 'ended', name);
    assert.ok(connection.bytes().equals(recorded), name);
    await connection.finish();
    await client.end();
    const session = await sluice.waitForSession((line) => line.client === client.localAddress);
    assert.deepEqual(
      [session.host ?? null, session.termination, session.bytes_from_client],
      [readHello(name).serverName, 'ok', recorded.length],
      name,
    );
  }
});

/** sluice before one nginx. */
interface World extends AsyncDisposable {
  readonly sluice: Sluice;
  readonly backend: TlsBackend;
}

async function startWorld(): Promise<World> {
  const backend = await startTlsBackend({ name: 'app', names: [NAME] });
  const sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  return {
    sluice,
    backend,
    [Symbol.asyncDispose]: async () => {
      await sluice[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}

async function askByNode(
  sluice: Sluice,
  { ca }: Certificate,
  version: 'TLSv1.2' | 'TLSv1.3',
): Promise<Echo> {
  const asked = request(`https://${sluice.address()}/`, {
    ca: readFileSync(ca),
    servername: NAME,
    minVersion: version,
    maxVersion: version,
    agent: false,
  });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return readEcho(await text(answer));
}

/** A TLS backend that answers with what it is sent. */
async function startMirror(
  certificate: Certificate,
): Promise<AsyncDisposable & { readonly address: string }> {
  const files = { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) };
  const server: Server = createServer(files, (asked, answer) => void asked.pipe(answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

function readHello(binary: string): { readonly serverName: string | null } {
  const says = readFileSync(join(HELLOS, binary.replace(/\.bin$/, '.json')), 'utf8');
  return JSON.parse(says) as { serverName: string | null };
}
