import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askHttp, askTls } from '../support/ask.ts';
import { curl } from '../support/curl.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { startSluice } from '../support/sluice.ts';

const SITE = 'site.example.test';
const BLOG = 'blog.example.test';
const listeners = ['http://127.0.0.1:0'];

test('each host reaches its own backend, in capitals, with a port or as an absolute URL', async () => {
  await using site = await startHttpBackend({ name: 'site' });
  await using blog = await startHttpBackend({ name: 'blog' });
  await using sluice = await startSluice({
    listeners,
    routes: { [SITE]: { backends: [site.address] }, [BLOG]: { backends: [blog.address] } },
  });
  const via = sluice.address();
  const proxy = ['--noproxy', '', '--proxy', `http://${via}`];
  for (const [args, host] of [
    [[], SITE],
    [['-H', 'Host: SITE.Example.TEST'], SITE],
    [['-H', `host: ${SITE}:8080`], SITE],
    [['-H', `Host: ${SITE}.`], SITE],
    [['-H', `Host: ${BLOG}`], BLOG],
  ] as const) {
    const { echo } = await curl(`http://${SITE}/a?b`, { via, args });
    assert.equal(echo['backend'], host.split('.')[0], args.join(' '));
    assert.equal(echo['uri'], '/a?b');
  }
  const { echo } = await curl(`http://${BLOG}/a?b`, { args: proxy });
  assert.deepEqual([echo['backend'], echo['host']], ['blog', BLOG]);
});

test('a request reaches the backend byte for byte, however it is written', async () => {
  await using site = await startRawBackend();
  await using sluice = await startSluice({
    listeners,
    routes: { [SITE]: { backends: [site.address] } },
  });
  await using client = await connectRaw(sluice.address());
  const request = `\r\nPOST //x/../y HTTP/1.1\r\nhOSt:\t${SITE}:080 \r\nx-ODD:  \xff \r\n\r\nbody`;
  await client.send(Buffer.from(request, 'latin1'));
  await using connection = await site.accept();
  const received = await connection.read(request.length);
  assert.equal(received.toString('latin1'), request);
});

test('a host without a route gets 404, and a request without one 400', async () => {
  await using sluice = await startSluice({ listeners });
  const unknown = await curl(`http://${SITE}/`, { via: sluice.address() });
  assert.deepEqual([unknown.status, unknown.headers.get('connection')], [404, 'close']);
  assert.equal(unknown.headers.get('cache-control'), 'no-store');
  const none = await curl(`http://${SITE}/`, { via: sluice.address(), args: ['-H', 'Host:'] });
  assert.equal(none.status, 400);
});

test('a connection stays with the backend of its first request', async () => {
  await using site = await startHttpBackend({ name: 'site' });
  await using blog = await startHttpBackend({ name: 'blog' });
  await using sluice = await startSluice({
    listeners,
    routes: { [SITE]: { backends: [site.address] }, [BLOG]: { backends: [blog.address] } },
  });
  await using client = await connectRaw(sluice.address());
  await client.send(`GET /first HTTP/1.1\r\nHost: ${SITE}\r\n\r\n`);
  await client.send(`GET /second HTTP/1.1\r\nHost: ${BLOG}\r\nConnection: close\r\n\r\n`);
  assert.equal(await client.end(), 'ended');
  const answers = client.bytes().toString();
  assert.deepEqual(answers.match(/^(?:backend|host|uri)=.*$/gm), [
    'backend=site',
    `host=${SITE}`,
    'uri=/first',
    'backend=site',
    `host=${BLOG}`,
    'uri=/second',
  ]);
});

test('a member with a scheme serves that protocol only, and a bare one both', async () => {
  await using secure = await startNamedBackend('secure');
  await using plain = await startNamedBackend('plain');
  await using both = await startNamedBackend('both');
  await using sluice = await startSluice({
    routes: {
      [SITE]: { backends: [`tls://${secure.address}`, `http://${plain.address}`] },
      [BLOG]: { backends: [`tls://${secure.address}`] },
      '*.example.test': { backends: [both.address] },
    },
  });
  const [tls, http] = sluice.addresses as [string, string];
  assert.deepEqual([await askTls(tls, SITE), await askHttp(http, SITE)], ['secure', 'plain']);
  assert.deepEqual([await askTls(tls, BLOG), await askHttp(http, BLOG)], ['secure', 'HTTP 503']);
  const other = 'other.example.test';
  assert.deepEqual([await askTls(tls, other), await askHttp(http, other)], ['both', 'both']);
});

test('an auto listener tells TLS from HTTP', async () => {
  await using secure = await startNamedBackend('secure');
  await using plain = await startNamedBackend('plain');
  await using sluice = await startSluice({
    listeners: ['auto://127.0.0.1:0'],
    routes: { [SITE]: { backends: [`tls://${secure.address}`, `http://${plain.address}`] } },
  });
  assert.equal(await askTls(sluice.address(), SITE), 'secure');
  assert.equal(await askHttp(sluice.address(), SITE), 'plain');
  const unknown = 'nobody.example.test';
  assert.equal(await askTls(sluice.address(), unknown), 'alert 112');
  assert.equal(await askHttp(sluice.address(), unknown), 'HTTP 404');
});

test('a backend without a port is dialled at 80', async () => {
  await using sluice = await startSluice({
    listeners,
    routes: { [SITE]: { backends: ['127.99.99.99'] } },
    args: ['--connect-retries', '0'],
  });
  await askHttp(sluice.address(), SITE);
  const session = await sluice.waitForSession(({ host }) => host === SITE);
  assert.equal(session.backend, '127.99.99.99:80');
});
