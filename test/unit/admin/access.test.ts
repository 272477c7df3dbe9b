import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossSiteRefusal, hostRefusal, tokenRefusal } from '../../../src/admin/access.ts';

const HOST = '127.0.0.1:8404';

test('what a browser asks for another site is refused, however it does', () => {
  const foreign = [
    { host: HOST, 'sec-fetch-site': 'cross-site' },
    // Another port of this machine is the same site, and somebody else's page.
    { host: HOST, 'sec-fetch-site': 'same-site' },
    { host: HOST, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' },
    { host: HOST, origin: 'http://evil.example' },
    { host: HOST, origin: 'http://127.0.0.1:3000' },
    { host: HOST, origin: 'http://127.0.0.1' },
    { host: HOST, origin: 'null' },
    { host: HOST, origin: '' },
    { origin: 'http://127.0.0.1:8404' },
  ];
  for (const headers of foreign)
    assert.equal(crossSiteRefusal(headers, false)?.status, 403, JSON.stringify(headers));
});

test('what our own page asks, and what no browser asks, is not', () => {
  const own = [
    {},
    { host: HOST },
    { host: HOST, 'sec-fetch-site': 'same-origin' },
    // Typed into the address bar.
    { host: HOST, 'sec-fetch-site': 'none' },
    { host: HOST, origin: `http://${HOST}` },
    { host: 'edge.example', origin: 'https://edge.example' },
  ];
  for (const headers of own)
    assert.equal(crossSiteRefusal(headers, false), null, JSON.stringify(headers));
});

test('a link leads to the page from anywhere; nothing else of it may be used from elsewhere', () => {
  const follow = { host: HOST, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' };
  assert.equal(crossSiteRefusal(follow, true), null);
  for (const dest of ['iframe', 'script', 'image', 'empty'])
    assert.equal(crossSiteRefusal({ ...follow, 'sec-fetch-dest': dest }, true)?.status, 403, dest);
});

test('a token is taken whole, and nothing that is like it', () => {
  const token = '0123456789abcdef';
  assert.equal(tokenRefusal({ authorization: `Bearer ${token}` }, token), null);
  const wrong = ['', token, 'Bearer', 'Bearer ', `Bearer ${token} `, `Bearer ${token}0`];
  for (const authorization of [...wrong, `Basic ${token}`, `Bearer ${token.toUpperCase()}`])
    assert.equal(tokenRefusal({ authorization }, token)?.status, 401, authorization);
  assert.equal(tokenRefusal({}, token)?.status, 401);
  assert.equal(tokenRefusal({}, null), null);
});

test('a name in the Host is refused unless there is a token to go by', () => {
  for (const host of ['evil.example', '127.0.0.1.evil.example:8404', 'localhost.evil.example'])
    assert.equal(hostRefusal({ host }, null)?.status, 421, host);
  assert.equal(hostRefusal({ host: 'edge-1.internal:8404' }, '0123456789abcdef'), null);
});
