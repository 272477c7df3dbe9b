import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteListing } from '../../../../src/control/report/listing.ts';
import {
  EMPTY_RECORD,
  type RouteRecord,
} from '../../../../src/control/sources/routes/route-record.ts';
import { RouteTable } from '../../../../src/route/table.ts';

function tableOf(count: number, backends: readonly string[] = ['10.0.0.1']) {
  const table = new RouteTable<RouteRecord>();
  for (let i = 0; i < count; i++) table.set(`h${i}.example`, { ...EMPTY_RECORD, backends });
  table.set('*.example', { ...EMPTY_RECORD, backends });
  return table;
}

const listingOf = (table: RouteTable<RouteRecord>) =>
  new RouteListing(() => table[Symbol.iterator]());

async function readAll(listing: RouteListing, limit: number): Promise<string[]> {
  const patterns: string[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<RouteListing['page']>> = await listing.page(after, limit);
    patterns.push(...page!.routes.map(({ pattern }) => pattern));
    after = page!.next;
  } while (after !== null);
  return patterns;
}

test('every route comes once, page by page', async () => {
  const table = tableOf(2500);
  for (const limit of [7, 1000, 100_000]) {
    const patterns = await readAll(listingOf(table), limit);
    assert.deepEqual(patterns, [...table.keys()]);
  }
});

test('a page that was never begun here is walked to', async () => {
  const table = tableOf(25_000);
  const page = await listingOf(table).page('h24990.example', 3);
  assert.deepEqual(
    page!.routes.map(({ pattern }) => pattern),
    ['h24991.example', 'h24992.example', 'h24993.example'],
  );
});

test('a reader whose route is gone has to begin again', async () => {
  assert.equal(await listingOf(tableOf(10)).page('gone.example', 3), null);
});

test('a route that goes between two pages does not stop the reader', async () => {
  const table = tableOf(10);
  const listing = listingOf(table);
  const { next } = (await listing.page(null, 3))!;
  table.delete(next!);
  table.delete('h3.example');
  const page = await listing.page(next, 3);
  assert.deepEqual(
    page!.routes.map(({ pattern }) => pattern),
    ['h4.example', 'h5.example', 'h6.example'],
  );
});

test('of large routes fewer come on a page', async () => {
  const backends = Array.from({ length: 256 }, (_, i) => `${i}`.padStart(512, 'x'));
  const page = await listingOf(tableOf(100, backends)).page(null, 1000);
  assert.ok(page!.routes.length < 10, `${page!.routes.length}`);
});

test('more readers than are remembered are all served', async () => {
  const listing = listingOf(tableOf(50));
  const firsts = await Promise.all(Array.from({ length: 30 }, (_, i) => listing.page(null, i + 1)));
  for (const [i, first] of firsts.entries()) {
    const page = await listing.page(first!.next, 1);
    assert.equal(page!.routes[0]!.pattern, `h${i + 1}.example`);
  }
});
