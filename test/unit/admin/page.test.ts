import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Sink } from '../../../src/admin/answer.ts';
import { readDashboard } from '../../../src/admin/page.ts';
import { openAdmin } from '../../../src/admin/server.ts';
import type { Overview } from '../../../src/control/report/overview/overview.ts';
import { startBrowser, type OpenPage, type PageOptions } from '../../support/browser.ts';
import { makeFolder } from '../../support/folder.ts';
import { backendRow, failureRow, hostRow, makeOverview } from '../../support/overview.ts';

const SCRIPT = '<script>document.title="taken"</script><img src=x onerror=alert(1)>';
const BIDI = 'a\u202eb\u2066c';
const LONG = `${'a'.repeat(61)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}`;

const browser = await startBrowser();
test.after(() => browser[Symbol.asyncDispose]());

/** The page of an admin listener that tells what the test hands it. */
async function watch(t: TestContext, first: Overview, options: PageOptions = {}) {
  const sinks = new Set<Sink>();
  const show = (overview: Overview) => {
    const event = `event: overview\ndata: ${JSON.stringify(overview)}\n\n`;
    for (const sink of sinks) sink.write(event);
  };
  const events = {
    status: 200,
    type: 'text/event-stream',
    stream: (sink: Sink) => {
      sinks.add(sink);
      show(first);
      return () => void sinks.delete(sink);
    },
  };
  const listener = await openAdmin(
    { host: '127.0.0.1', port: 0, token: null },
    {
      metrics: async () => ({ type: 'text/plain', text: '' }),
      problems: () => [],
      notes: () => [],
      pages: {
        '/api/v1/events': () => events,
        '/api/v1/explain': (query) => ({
          status: 400,
          body: { error: `${query.get('host')} is no name` },
        }),
      },
      files: readDashboard(),
    },
  );
  t.after(() => listener.close());
  const url = `http://127.0.0.1:${listener.address.port}/`;
  const open = await browser.open(url, options);
  t.after(() => open.page.close());
  return { open, page: open.page, show, url };
}

const hosts = (open: OpenPage) => open.texts('#hosts tbody tr td:first-child');
const active = (open: OpenPage) =>
  open.page.evaluate('document.activeElement.id || document.activeElement.textContent');

test('what strangers chose is shown as text, with what cannot be seen written out', async (t) => {
  const { open, page } = await watch(
    t,
    makeOverview({
      edge: SCRIPT,
      notes: [SCRIPT, BIDI],
      hosts: [hostRow(SCRIPT), hostRow(`${BIDI}.test`), hostRow(LONG)],
      backends: [backendRow(SCRIPT, { state: 'ejected', cause: BIDI })],
      failures: [
        failureRow({ host: SCRIPT, detail: BIDI, client: SCRIPT, termination: 'connect-failed' }),
      ],
    }),
  );
  await open.sees('#hosts', LONG);
  assert.deepEqual(
    (await hosts(open)).toSorted(),
    [SCRIPT, LONG, 'a\\u{202e}b\\u{2066}c.test'].toSorted(),
  );
  assert.equal((await open.texts('#edge'))[0], SCRIPT);
  assert.deepEqual(await open.texts('#verdict-reasons .note'), [SCRIPT, 'a\\u{202e}b\\u{2066}c']);
  assert.equal((await open.texts('#backends .why'))[1], 'a\\u{202e}b\\u{2066}c');
  assert.match((await open.texts('#failures'))[0]!, /<script>.*a\\u\{202e\}b.*client <script>/s);
  await page.fill('#search-name', SCRIPT);
  await page.press('#search-name', 'Enter');
  await open.sees('#explained', `${SCRIPT} is no name`);
  assert.equal(await page.locator('main script, main img').count(), 0);
  assert.match(await page.title(), /^Serving, with 1 problem · <script>/);
  open.assertClean();
});

test('the verdict is in words, and so is every state: colour carries nothing alone', async (t) => {
  const { open, page, show } = await watch(t, makeOverview());
  await open.sees('#verdict h1', 'Healthy');
  const poor = makeOverview({
    workers: [{ id: 0, running: false, sessions: 0, waitP99Ms: null }],
    source: {
      kind: 'redis',
      connected: false,
      mode: null,
      ageSeconds: 9,
      fromSnapshot: false,
      routes: 3,
    },
    backends: [
      backendRow('192.0.2.1:443', { state: 'ejected', cause: 'connection refused' }),
      backendRow('192.0.2.2:443', { state: 'recovering' }),
      backendRow('192.0.2.3:443', { state: 'slow-start' }),
      backendRow('192.0.2.4:443'),
    ],
  });
  show(poor);
  await open.sees('#verdict h1', 'Serving, with 3 problems');
  assert.deepEqual(await open.texts('#verdict-reasons li'), [
    '2 backends are out of use: 192.0.2.1:443, 192.0.2.2:443',
    '1 worker does not run',
    'No connection to Redis; the routes it had stay in use',
  ]);
  assert.deepEqual(await open.texts('#backends .state'), [
    '× out of use',
    '◔ being tried again',
    '◑ starting slowly',
    '✓ in use',
  ]);
  await open.sees('#source', '9 s ago');
  show(makeOverview({ ready: false, problems: ['no routes have been read yet'] }));
  await open.sees('#verdict h1', 'Not ready');
  assert.deepEqual(await open.texts('#verdict-reasons li'), ['no routes have been read yet']);
  assert.equal(await page.getAttribute('#verdict h1', 'aria-live'), 'polite');
  open.assertClean();
});

test('sessions that fail for want of a backend are a problem, those of strangers are none', async (t) => {
  const calm = makeOverview();
  const { open, show } = await watch(t, calm);
  await open.sees('#verdict h1', 'Healthy');
  show(makeOverview({ ended: { ...calm.ended, 'unknown-host': 5000, ok: 10 } }));
  await open.sees('#ended', '5,000');
  await open.sees('#verdict h1', 'Healthy');
  show(makeOverview({ ended: { ...calm.ended, 'connect-failed': 1 } }));
  await open.sees(
    '#verdict-reasons',
    'Sessions fail, connect-failed: no backend could be connected to',
  );
  open.assertClean();
});

test('a heading sorts by its column, again the other way, and rows hold still while one is pointed at', async (t) => {
  const rows = (...rates: number[]) => rates.map((rate, at) => hostRow(`h${at}.test`, rate));
  const { open, page, show } = await watch(t, makeOverview({ hosts: rows(5, 20, 10) }));
  await open.sees('#hosts', 'h1.test');
  assert.deepEqual(await hosts(open), ['h1.test', 'h2.test', 'h0.test']);
  await page.click('#hosts th button:has-text("Host")');
  assert.deepEqual(await hosts(open), ['h0.test', 'h1.test', 'h2.test']);
  assert.equal(await page.getAttribute('#hosts th:first-child', 'aria-sort'), 'ascending');
  await page.click('#hosts th button:has-text("Host")');
  assert.deepEqual(await hosts(open), ['h2.test', 'h1.test', 'h0.test']);
  await page.click('#hosts th button:has-text("New/s")');
  assert.deepEqual(await hosts(open), ['h1.test', 'h2.test', 'h0.test']);
  await page.hover('#hosts tbody tr:first-child');
  show(makeOverview({ hosts: rows(500, 20, 10), edge: 'held' }));
  await open.sees('#edge', 'held');
  assert.deepEqual(await hosts(open), ['h1.test', 'h2.test', 'h0.test']);
  await page.hover('#verdict');
  show(makeOverview({ hosts: rows(500, 20, 10), edge: 'free' }));
  await open.sees('#edge', 'free');
  assert.deepEqual(await hosts(open), ['h0.test', 'h1.test', 'h2.test']);
  open.assertClean();
});

test('the keyboard reaches everything, keeps its place while figures change, and sees where it is', async (t) => {
  const { open, page, show } = await watch(
    t,
    makeOverview({ hosts: [hostRow('a.test', 2), hostRow('b.test', 1)] }),
  );
  await open.sees('#hosts', 'b.test');
  await page.keyboard.press('Tab');
  assert.equal(await active(open), 'Skip to what is going on');
  await page.keyboard.press('Enter');
  assert.equal(await active(open), 'main');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.match(String(await active(open)), /^Host/);
  assert.notEqual(
    await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'),
    'none',
  );
  await page.keyboard.press('Enter');
  assert.equal(await page.getAttribute('#hosts th:first-child', 'aria-sort'), 'ascending');
  await page.focus('#hosts tbody tr:nth-child(2) button');
  show(makeOverview({ hosts: [hostRow('b.test', 9), hostRow('a.test', 8)], edge: 'moved' }));
  await open.sees('#edge', 'moved');
  assert.equal(await active(open), 'b.test');
  await page.keyboard.press('/');
  assert.equal(await active(open), 'search-name');
  await page.keyboard.type('x/y');
  await page.keyboard.press('Enter');
  await open.sees('#explained', 'x/y is no name');
  await page.keyboard.press('Escape');
  await page.locator('#explained').waitFor({ state: 'hidden' });
  assert.equal(await active(open), 'search-name');
  open.assertClean();
});

test('a phone of 360 pixels scrolls in one direction only, whatever the names', async (t) => {
  const names = [LONG, '*.preview.example.test', 'shop.example.test'];
  const { open, page } = await watch(
    t,
    makeOverview({
      edge: LONG,
      hosts: names.map((name) => hostRow(name, 12_345)),
      backends: names.map((name) =>
        backendRow(name, { state: 'ejected', cause: name, until: new Date().toISOString() }),
      ),
      failures: names.map((name, at) =>
        failureRow({ id: `${at}`, host: name, client: name, backend: name }),
      ),
    }),
    { width: 360, height: 740, dark: true },
  );
  await open.sees('#hosts', LONG);
  const tooWide = `[...document.querySelectorAll('body, main *')].filter((each) =>
    each.getBoundingClientRect().right > 360.5 && !each.closest('.unseen')).map((each) => each.outerHTML.slice(0, 80))`;
  assert.deepEqual(await page.evaluate(tooWide), []);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
  assert.notEqual(
    await page.evaluate('getComputedStyle(document.body).backgroundColor'),
    'rgb(244, 245, 247)',
  );
  open.assertClean();
});

test('the policy lets nothing run, load or leave that is not the page itself', async (t) => {
  const { open, page, url } = await watch(t, makeOverview());
  await open.sees('#verdict h1', 'Healthy');
  open.assertClean();
  const attempt = `new Promise((done) => {
    const refused = new Set();
    document.addEventListener('securitypolicyviolation', (event) => {
      refused.add(event.effectiveDirective);
      if (refused.size === 4) done([...refused].sort());
    });
    const attempts = [
      () => { document.body.innerHTML = '<p>'; },
      () => { document.createElement('script').textContent = '1'; },
    ];
    for (const attempt of attempts) try { attempt(); } catch {}
    document.body.setAttribute('style', 'color: red');
    document.body.append(Object.assign(document.createElement('img'), { src: 'http://127.0.0.1:1/a.png' }));
    fetch('http://127.0.0.1:1/').catch(() => {});
  })`;
  assert.deepEqual(await page.evaluate(attempt), [
    'connect-src',
    'img-src',
    'require-trusted-types-for',
    'style-src-attr',
  ]);
  assert.match(await page.title(), /^Healthy/);
  const { headers } = await fetch(url);
  assert.match(headers.get('content-security-policy')!, /^default-src 'none'; script-src 'self';/);
  assert.match(
    headers.get('content-security-policy')!,
    /form-action 'none'; frame-ancestors 'none'/,
  );
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('an installation without the files of the page says so', async () => {
  await using folder = await makeFolder();
  const page = await readDashboard(folder.path)['/']!(new URLSearchParams());
  assert.equal('status' in page && page.status, 404);
});
