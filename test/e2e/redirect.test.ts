import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ask, askHttp } from '../support/ask.ts';
import { curl } from '../support/curl.ts';
import { startHttpBackend } from '../support/http-backend.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startSluice } from '../support/sluice.ts';
import { startTlsBackend } from '../support/tls-backend.ts';

const NAME = 'shop.example.test';
const PLAIN = 'plain.example.test';
const CHALLENGE = '/.well-known/acme-challenge/token-1';

const site = await startTlsBackend({ name: 'site', names: [NAME] });
const solver = await startHttpBackend({ name: 'solver' });
const backends = [`tls://${site.address}`, `http://${solver.address}`];
const sluice = await startSluice({
  listeners: ['tls://127.0.0.1:0', 'http://127.0.0.1:0', 'auto://127.0.0.1:0'],
  routes: {
    [NAME]: { backends, redirect: 'https' },
    [PLAIN]: { backends },
    httpDefault: { backends, redirect: 'https' },
  },
});
const [tls, http, auto] = sluice.addresses as [string, string, string];
after(async () => {
  for (const part of [sluice, site, solver]) await part[Symbol.asyncDispose]();
});

for (const listener of [http, auto]) {
  test(`a browser that asks ${listener === http ? 'http' : 'auto'} in plain is led to the same URL by https`, async () => {
    const seen = await follow('/cart?item=1&next=%2F', listener);
    assert.deepEqual(seen, ['200', 'GET', 'site', '/cart?item=1&next=%2F', NAME]);
  });
}

test('a form that is sent in plain is sent again by https, as it was', async () => {
  const seen = await follow('/form', http, ['--data', 'a=b']);
  assert.deepEqual(seen, ['200', 'POST', 'site', '/form', NAME]);
});

test('the redirect drops the port, says how long it is, and is kept by no cache', async () => {
  const { status, headers, body } = await curl(`http://${NAME}:8080/a`, { via: http });
  assert.deepEqual([status, body], [308, '']);
  assert.equal(headers.get('location'), `https://${NAME}/a`);
  assert.equal(headers.get('content-length'), '0');
  assert.equal(headers.get('cache-control'), 'no-store');
  const line = await sluice.waitForSession(
    ({ host, termination }) => host === NAME && termination === 'redirected',
  );
  assert.deepEqual([line.route, line.backend, line['letters']], [NAME, undefined, 'LR']);
});

test('an ACME challenge reaches the backend in plain', async () => {
  for (const host of [NAME, 'unknown.example.test', '192.0.2.1']) {
    const { status, echo } = await curl(`http://${host}${CHALLENGE}`, { via: http });
    assert.deepEqual([status, echo['backend'], echo['uri']], [200, 'solver', CHALLENGE], host);
  }
});

test('a default route redirects every name, to that name', async () => {
  const { status, headers } = await curl('http://unknown.example.test/a', { via: http });
  assert.deepEqual([status, headers.get('location')], [308, 'https://unknown.example.test/a']);
});

test('a route beside it that wants none is served in plain', async () => {
  const { echo } = await curl(`http://${PLAIN}/a`, { via: http });
  assert.deepEqual([echo['backend'], echo['uri']], ['solver', '/a']);
});

/** A hostile target → where it is sent, or what it is told. */
const HOSTILE: Readonly<Record<string, string>> = {
  '//evil.test/': `https://${NAME}//evil.test/`,
  '/\\evil.test/': `https://${NAME}/\\evil.test/`,
  '/@evil.test/': `https://${NAME}/@evil.test/`,
  '/%0d%0aSet-Cookie:a=b': `https://${NAME}/%0d%0aSet-Cookie:a=b`,
  '/\xe9\x85': `https://${NAME}/%E9%85`,
  [`${CHALLENGE}/../../../admin`]: `https://${NAME}${CHALLENGE}/../../../admin`,
  '/.well-known/acme-challenge/..': `https://${NAME}/.well-known/acme-challenge/..`,
  [`http://user:word@${NAME}:81/a`]: `https://${NAME}/a`,
  [`http://${NAME}`]: `https://${NAME}/`,
  'http://evil.test/': 'HTTP 400',
  'javascript:alert(1)': 'HTTP 400',
  [`ftp://${NAME}/`]: 'HTTP 400',
  '*': 'HTTP 400',
  '/a\rSet-Cookie:a=b': 'HTTP 400',
  '/a\nSet-Cookie:a=b': 'HTTP 400',
  '/a\0b': 'HTTP 400',
  '/a b': 'HTTP 400',
  [`/${'a'.repeat(9000)}`]: 'HTTP 400',
};

for (const [target, expected] of Object.entries(HOSTILE)) {
  test(`a request for ${JSON.stringify(target.slice(0, 50))} gets ${expected}`, async () => {
    await using client = await connectRaw(http);
    const request = `GET ${target} HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`;
    await client.send(Buffer.from(request, 'latin1'));
    assert.equal(await client.end(), 'ended');
    const reply = client.bytes().toString('latin1');
    const location = /^HTTP\/1\.1 308 [^\n]*\r\nLocation: ([\x21-\x7e]*)\r\n/.exec(reply)?.[1];
    assert.equal(location ?? reply.replace(/^HTTP\/1\.1 (\d+) [^]*$/, 'HTTP $1'), expected);
    assert.doesNotMatch(reply, /^Set-Cookie/im);
  });
}

test('a host that is none has nowhere to be redirected to', async () => {
  assert.equal(await askHttp(http, '192.0.2.1'), 'HTTP 400');
  assert.equal(await ask(http, 'GET / HTTP/1.0\r\n\r\n'), 'HTTP 400');
  assert.equal(
    await ask(http, `CONNECT ${NAME}:443 HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`),
    'HTTP 400',
  );
});

/** Follow redirects from plain HTTP: the last status and method, and what the backend was asked. */
async function follow(
  path: string,
  plain: string,
  more: readonly string[] = [],
): Promise<(string | undefined)[]> {
  const shown = '\nstatus=%{http_code}\nmethod=%{method}\n';
  const places = ['--connect-to', `${NAME}:80:${plain}`, '--connect-to', `${NAME}:443:${tls}`];
  const args = ['--location', '--write-out', shown, ...places, ...more];
  const { echo } = await curl(`http://${NAME}${path}`, { ca: site.certificate.ca, args });
  return ['status', 'method', 'backend', 'uri', 'host'].map((key) => echo[key]);
}
