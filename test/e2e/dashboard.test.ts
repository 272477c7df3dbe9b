import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { startBrowser, type OpenPage } from '../support/browser.ts';
import { connectRaw } from '../support/raw-client.ts';
import { clientHello } from '../support/client-hello.ts';
import { refusingAddress } from '../support/dead-addresses.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startRawBackend } from '../support/raw-backend.ts';
import { startSluice } from '../support/sluice.ts';

const NAME = 'shop.example.test';
const SCRIPT = '<script>alert(1)</script>\u202e';

const browser = await startBrowser();
test.after(() => browser[Symbol.asyncDispose]());

const cells = (open: OpenPage, table: string, at: number) =>
  open.texts(`${table} tbody td:nth-child(${at})`);

test('the page shows what goes through the edge as it happens', async () => {
  await using backend = await startRawBackend();
  await using sluice = await startSluice({ routes: { [NAME]: { backends: [backend.address] } } });
  const open = await browser.open(sluice.adminUrl);
  await open.sees('#verdict h1', 'Healthy');
  await open.sees('#connection', 'Live');
  await open.sees('#hosts', 'No session yet.');
  await using client = await connectRaw(sluice.address());
  await client.send(clientHello(NAME));
  await open.sees('#hosts tbody tr td:nth-child(1)', NAME);
  await open.sees('#hosts tbody tr td:nth-child(2)', /^1$/);
  await open.sees('#sessions-sum', /^1\b/);
  await open.sees('#backends', backend.address);
  await open.sees('#source', '1 route');
  const connection = await backend.accept();
  await Promise.all([client.finish(), connection.finish()]);
  await open.sees('#hosts tbody tr td:nth-child(2)', /^0$/);
  await open.sees('#sessions-sum', /^0\b/);
  assert.deepEqual(await cells(open, '#workers', 2), ['✓ runs']);
  assert.match(await open.page.title(), /^Healthy · /);
  const lines = await open.page.locator('#charts path.line').count();
  assert.equal(lines, 6);
  open.assertClean();
});

test('what fails is in the verdict, among the backends and in the failures, with its reason', async () => {
  await using refusing = await refusingAddress();
  const routes = { [NAME]: { backends: [refusing.address] } };
  // Long enough that it is still out when the last of this is looked at.
  await using sluice = await startSluice({ routes, args: ['--eject-for=5m'] });
  const open = await browser.open(sluice.adminUrl);
  await open.sees('#verdict h1', 'Healthy');
  for (let i = 0; i < 4; i++) assert.equal(await askTls(sluice.address(), NAME), 'alert 80');
  assert.equal(await askTls(sluice.address(), 'nobody.example.test'), 'alert 112');
  await open.sees('#failures', 'no backend could be connected to');
  await open.sees('#verdict-reasons', 'Sessions fail, connect-failed');
  await open.sees('#verdict-reasons', `1 backend is out of use: ${refusing.address}`);
  await open.sees('#backends .state', '× out of use');
  await open.sees('#backends td.why', /\w/);
  await open.sees('#ended', 'unknown-host');
  open.assertClean();
});

test('the search says where a name goes: every pattern looked at, every backend, and the choice', async () => {
  await using a = await startNamedBackend('a');
  const routes = {
    '*.example.test': {
      backends: [`${a.address}?weight=3`, SCRIPT, '127.0.0.1:9'],
      draining: ['127.0.0.1:9'],
    },
    'x.deep.example.test': { backends: [a.address] },
  };
  await using sluice = await startSluice({ routes });
  const open = await browser.open(sluice.adminUrl);
  await open.sees('#verdict h1', /Healthy|Serving/);
  await open.page.keyboard.press('/');
  await open.page.keyboard.type('Deep.Example.TEST');
  await open.page.keyboard.press('Enter');
  await open.sees('#explained h2', 'deep.example.test');
  assert.deepEqual(await open.texts('#explained .tried .host'), [
    'deep.example.test',
    '*.example.test',
    '*.test',
    'httpsDefault',
  ]);
  assert.deepEqual(await open.texts('#explained .tried .won .host'), ['*.example.test']);
  const table = '#explained table';
  await open.sees(`${table} tr`, new RegExp(`${a.address}\\?weight=3.*candidate.*3`, 's'));
  await open.sees(`${table} tr`, /<script>alert\(1\)<\/script>\\u\{202e\}.*refused/s);
  await open.sees(`${table} tr`, /127\.0\.0\.1:9.*draining/s);
  await open.sees('#explained .lead', new RegExp(`${a.address}.*certain`, 's'));
  await open.page.selectOption('#search-protocol', 'http');
  await open.page.fill('#search-name', 'other.test');
  await open.page.press('#search-name', 'Enter');
  await open.sees('#explained .lead', 'no route has this name');
  open.assertClean();
});

test('the page outlives a restart of the edge, and says so while nobody answers', async () => {
  const first = await startSluice();
  const open = await browser.open(first.adminUrl);
  await open.sees('#verdict h1', 'Healthy');
  await first.stop('SIGKILL');
  await first[Symbol.asyncDispose]();
  await open.sees('#verdict h1', 'No contact with the edge');
  await open.sees('#verdict-reasons', 'when it was last heard of');
  await open.sees('#connection', /Trying again in \d s/);
  const admin = new URL(first.adminUrl).host;
  await using again = await startSluice({ args: [`--admin=${admin}`, '--edge-name=again'] });
  assert.equal(again.adminUrl, first.adminUrl);
  await open.sees('#edge', 'again');
  await open.sees('#verdict h1', 'Healthy');
  await open.sees('#connection', 'Live');
  open.assertClean();
});

test('an edge with a token shows nothing without it, and the page keeps it no longer than its tab', async () => {
  await using sluice = await startSluice({ args: ['--admin-token=a-secret-of-this-edge'] });
  const open = await browser.open(sluice.adminUrl);
  const { page } = open;
  await open.sees('#token', 'This edge asks for its token');
  assert.equal(await page.locator('#live').isVisible(), false);
  await page.keyboard.type('not the secret');
  await page.keyboard.press('Enter');
  await open.sees('#token-refused', 'does not take this token');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await open.sees('#token-refused', 'does not take this token');
  await page.keyboard.type('a-secret-of-this-edge');
  await page.keyboard.press('Enter');
  await open.sees('#verdict h1', 'Healthy');
  assert.equal(await page.evaluate('localStorage.length + document.cookie.length'), 0);
  await page.reload();
  await open.sees('#verdict h1', 'Healthy');
  const other = await browser.open(sluice.adminUrl);
  await other.sees('#token', 'This edge asks for its token');
  assert.equal(page.url(), `${sluice.adminUrl}/`);
  open.assertClean();
});
