import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldRoutes } from '../../../../../src/control/routes/on-demand/held-routes.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../../src/control/sources/routes/route-record.ts';
import { RouteTable } from '../../../../../src/route/table.ts';
import { parseServerName, type ServerName } from '../../../../../src/server-name.ts';
import { eventually } from '../../../../support/wait.ts';

const name = (text: string): ServerName => parseServerName(text)!;
const route = (...backends: string[]): RouteRecord => ({ ...EMPTY_RECORD, backends });

/** Held routes of a source that is a map, and what was read of it. */
function held(all: Map<string, RouteRecord>, max = 10) {
  const table = new RouteTable<RouteRecord>();
  const read: string[] = [];
  const take = (pattern: string, record: RouteRecord | null) => {
    if (record === null) table.delete(pattern);
    else table.set(pattern, record);
  };
  const routes = new HeldRoutes({
    read: async (patterns) => {
      read.push(...patterns);
      return new Map([...all].filter(([pattern]) => patterns.includes(pattern)));
    },
    table,
    max,
    isComplete: () => false,
    drop: (pattern) => table.delete(pattern),
    learn: take,
    change: take,
  });
  return { routes, table, read };
}

test('a name is known when whatever could answer for it better is', async () => {
  const { routes, table, read } = held(new Map([['*.b.test', route('10.0.0.1')]]));
  assert.equal(routes.knows(name('a.b.test'), 'tls'), false);
  assert.equal(await routes.learn(name('a.b.test'), 'tls'), 'read');
  assert.deepEqual(read.splice(0), ['a.b.test', '*.b.test', '*.test', 'httpsDefault']);
  assert.equal(table.lookup('a.b.test', 'tls')?.pattern, '*.b.test');
  await routes.learn(name('c.b.test'), 'tls');
  assert.deepEqual(read.splice(0), ['c.b.test'], 'the suffixes are known');
  await routes.learn(name('a.b.test'), 'tls');
  await routes.learn(null, 'tls');
  assert.deepEqual(read, []);
  assert.equal(routes.onDemand.absent, 4);
});

test('what is outdated is read again', async () => {
  const all = new Map([['a.test', route('10.0.0.1')]]);
  const { routes, table, read } = held(all);
  await routes.learn(name('a.test'), 'tls');
  await routes.learn(name('b.test'), 'tls');
  read.length = 0;
  all.set('b.test', route('10.0.0.2'));
  routes.outdate('b.test');
  await routes.learn(name('b.test'), 'tls');
  assert.deepEqual(read, ['b.test']);
  assert.deepEqual(table.get('b.test')?.backends, ['10.0.0.2']);
});

test('no more than the bound is held', async () => {
  const names = ['a.test', 'b.test', 'c.test'];
  const { routes, table } = held(new Map(names.map((each) => [each, route('10.0.0.1')])), 2);
  for (const each of names) await routes.learn(name(each), 'tls');
  assert.deepEqual([...table.keys()], ['b.test', 'c.test']);
});

test('what is held is looked at again, and changes of it and of what was absent are taken', async () => {
  const all = new Map([['a.test', route('10.0.0.1')]]);
  const { routes, table } = held(all);
  await routes.learn(name('a.test'), 'tls');
  await routes.learn(name('b.test'), 'tls');
  all.set('a.test', route('10.0.0.2'));
  all.set('b.test', route('10.0.0.3'));
  void routes.lookAgain();
  await eventually(() => table.get('a.test')?.backends[0] === '10.0.0.2');
  assert.deepEqual(table.get('b.test')?.backends, ['10.0.0.3']);
  routes.close();
});
