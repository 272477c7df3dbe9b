import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askTls } from '../support/ask.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { startSluice } from '../support/sluice.ts';
import { eventually } from '../support/wait.ts';

const EXACT = 'a.deep.example.test';
const LONG = '*.deep.example.test';
const SHORT = '*.example.test';
const DEFAULT = 'httpsDefault';

test('the exact name wins, then the longest wildcard, then the default', async () => {
  await using backends = await startOnePerPattern(EXACT, LONG, SHORT, DEFAULT);
  await using sluice = await startSluice({ routes: backends.routes });
  const expected = {
    'a.deep.example.test': EXACT,
    'b.deep.example.test': LONG,
    'x.b.deep.example.test': LONG,
    'x.a.deep.example.test': LONG,
    // A wildcard needs something in the place of its star.
    'deep.example.test': SHORT,
    'b.example.test': SHORT,
    'x.y.z.example.test': SHORT,
    'xexample.test': DEFAULT,
    'example.test': DEFAULT,
    test: DEFAULT,
  };
  for (const [name, pattern] of Object.entries(expected)) {
    assert.equal(await askTls(sluice.address(), name), pattern, name);
    const session = await sluice.waitForSession(({ host }) => host === name);
    assert.equal(session.route, pattern, name);
  }
  await sluice.waitForMetric('sluice_route_lookups_total', { result: 'exact' }, 1);
  await sluice.waitForMetric('sluice_route_lookups_total', { result: 'wildcard' }, 6);
  await sluice.waitForMetric('sluice_route_lookups_total', { result: 'default' }, 3);
});

test('names that are in use follow the routes as they come and go', async () => {
  await using backends = await startOnePerPattern(EXACT, LONG, SHORT, DEFAULT);
  await using sluice = await startSluice({ routes: {} });
  // Upwards each pattern takes the name from the one before it, downwards it gives it back.
  const upwards = [DEFAULT, SHORT, LONG, EXACT];
  for (const count of [1, 2, 3, 4, 3, 2, 1]) {
    const there = upwards.slice(0, count);
    await sluice.writeRoutes(pick(backends.routes, there));
    const answered = async () => (await askTls(sluice.address(), EXACT)) === there.at(-1);
    await eventually(answered);
  }
  await sluice.writeRoutes({});
  await eventually(async () => (await askTls(sluice.address(), EXACT)) === 'alert 112');
});

type Routes = Record<string, { backends: string[] }>;

/** A backend per pattern, named after it. */
async function startOnePerPattern(
  ...patterns: readonly string[]
): Promise<{ routes: Routes } & AsyncDisposable> {
  const backends = await Promise.all(patterns.map((pattern) => startNamedBackend(pattern)));
  const entries = backends.map(({ address }, i) => [patterns[i], { backends: [address] }]);
  return {
    routes: Object.fromEntries(entries) as Routes,
    [Symbol.asyncDispose]: async () => {
      for (const backend of backends) await backend[Symbol.asyncDispose]();
    },
  };
}

function pick(routes: Routes, patterns: readonly string[]): Routes {
  return Object.fromEntries(patterns.map((pattern) => [pattern, routes[pattern]!]));
}
