import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteRecord } from '../../../../src/control/sources/routes/route-record.ts';
import { ask, backendsOf, directory, route, told } from '../../../support/directory.ts';
import { eventually } from '../../../support/wait.ts';

const MANY = 12_000;

function manyRoutes(...backends: string[]): Map<string, RouteRecord> {
  const all = new Map<string, RouteRecord>();
  for (let i = 0; i < MANY; i++) all.set(`app-${i}.test`, route(...backends));
  return all;
}

test('what is told while a large table is taken is newer than the table', async (t) => {
  const { routes } = directory(t);
  routes.replace(manyRoutes('10.0.0.1'));
  routes.change('app-11999.test', route('10.0.0.2'));
  routes.change('app-11998.test', null);
  routes.change('new.test', route('10.0.0.3'));
  await routes.whenReady;
  assert.deepEqual(await backendsOf(routes, 'app-11999.test'), ['10.0.0.2:443']);
  assert.deepEqual(await ask(routes, 'app-11998.test'), { kind: 'unknown' });
  assert.deepEqual(await backendsOf(routes, 'new.test'), ['10.0.0.3:443']);
  const others = manyRoutes('10.0.0.4');
  routes.replace(others);
  routes.change('app-0.test', null);
  await eventually(async () =>
    (await backendsOf(routes, 'app-11998.test')).includes('10.0.0.4:443'),
  );
  await eventually(async () => (await ask(routes, 'app-0.test')).kind === 'unknown');
  routes.replace(others);
  await eventually(async () => (await ask(routes, 'app-0.test')).kind === 'route');
});

test('workers are told of what was changed by a replacing that another one cut short', async (t) => {
  const { routes, invalidated } = directory(t);
  routes.replace(manyRoutes('10.0.0.1'));
  await routes.whenReady;
  await told();
  invalidated.length = 0;
  const next = manyRoutes('10.0.0.1');
  next.set('app-0.test', route('10.0.0.2'));
  routes.replace(next);
  while (routes.record('app-0.test')?.backends[0] !== '10.0.0.2') await told();
  assert.equal(invalidated.length, 0, 'it is still being taken');
  // This one has the same route there.
  routes.replace(new Map([...next, ['app-1.test', route('10.0.0.2')]]));
  await eventually(() => invalidated.flat().includes('app-1.test'));
  assert.deepEqual(invalidated, [['app-0.test', 'app-1.test']]);
});

test('no name is unknown while a table that fits again is taken', async (t) => {
  const all = manyRoutes('10.0.0.1');
  const read = async (patterns: readonly string[]) =>
    new Map([...all].filter(([pattern]) => patterns.includes(pattern)));
  const { routes } = directory(t, undefined, { read });
  routes.tooMany();
  routes.replace(all);
  assert.equal(routes.mode, 'on-demand');
  assert.deepEqual(await backendsOf(routes, 'app-11999.test'), ['10.0.0.1:443']);
  await eventually(() => routes.mode === 'whole' && routes.counts().exact === MANY);
  assert.deepEqual(await ask(routes, 'nobody.test'), { kind: 'unknown' });
});

test('no name is unknown while one whole table takes the place of another', async (t) => {
  const { routes } = directory(t);
  routes.replace(new Map());
  routes.replace(manyRoutes('10.0.0.1'));
  assert.deepEqual(await ask(routes, 'app-11999.test'), { kind: 'unavailable' });
  await eventually(async () => (await ask(routes, 'app-11999.test')).kind === 'route');
  assert.deepEqual(await ask(routes, 'nobody.test'), { kind: 'unknown' });
});

test('by routes that may lack some no name is unknown', async (t) => {
  let mayLack = true;
  const { routes } = directory(t, undefined, { mayLackRoutes: () => mayLack });
  routes.replace(new Map([['app.test', route('10.0.0.1')]]));
  assert.deepEqual(await backendsOf(routes, 'app.test'), ['10.0.0.1:443']);
  assert.deepEqual(await ask(routes, 'new.test'), { kind: 'unavailable' });
  mayLack = false;
  assert.deepEqual(await ask(routes, 'new.test'), { kind: 'unknown' });
});
