import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { ipBytes } from '../../../src/address.ts';
import { UNCOUNTED } from '../../../src/session/line-parts.ts';
import { hashClient } from '../../../src/worker/clients/client-hash.ts';
import { ClientCounter, type ClientLimits } from '../../../src/worker/clients/client-limits.ts';
import {
  CLIENT_ENTRIES,
  clientCells,
  createClientTable,
  reclaimClients,
  WAYS,
  type ClientTable,
} from '../../../src/worker/clients/client-table.ts';
import type { ClientRace } from './client-racer.ts';

const RACER = new URL('client-racer.js', import.meta.url);
const table = createClientTable(2);
let fresh = 0;

/** An address that no other test has: the table, and its million entries, is one for all. */
function somebody(): Uint8Array {
  fresh++;
  return Uint8Array.of(10, fresh >> 16, (fresh >> 8) & 0xff, fresh & 0xff);
}

function counter(limits: Partial<ClientLimits>, worker = 0, clock = { now: 0 }): ClientCounter {
  return new ClientCounter(
    table,
    worker,
    { sessions: null, rate: null, ...limits },
    { now: () => clock.now, onUncounted() {} },
  );
}

/** An entry, which is the same for every session of an address, or what was said. */
const kind = (verdict: number | string) => (typeof verdict === 'number' ? 'in' : verdict);

test('an address has as many sessions as it may, of all workers, and room again when one ends', () => {
  const [one, two] = [counter({ sessions: 2 }), counter({ sessions: 2 }, 1)];
  const address = somebody();
  const entry = one.take(address) as number;
  assert.deepEqual([two.take(address), one.take(address), two.take(address)], [entry, 'ip', 'ip']);
  assert.equal(kind(one.take(somebody())), 'in', 'another address has its own');
  two.release(entry);
  assert.deepEqual([one.take(address), two.take(address)], [entry, 'ip']);
});

test('clients of one /64 are one, and those of the next are another', () => {
  const clients = counter({ sessions: 1 });
  const take = (ip: string) => kind(clients.take(ipBytes(ip)));
  assert.equal(take('2001:db8::1'), 'in');
  assert.equal(take('2001:db8:0:0:ffff::2'), 'ip');
  assert.equal(take('2001:db8:0:1::1'), 'in');
  assert.equal(take('::1'), 'in');
});

test('an address may open twice its rate at once, and its rate from then on', () => {
  const clock = { now: 1e9 };
  const clients = counter({ rate: 5 }, 0, clock);
  const address = somebody();
  const burst = (count: number) => {
    const verdicts = Array.from({ length: count }, () => kind(clients.take(address)));
    return verdicts.filter((verdict) => verdict === 'in').length;
  };
  assert.equal(burst(20), 10);
  clock.now += 199;
  assert.equal(burst(20), 0);
  clock.now += 1;
  assert.equal(burst(20), 1);
  clock.now += 1000;
  assert.equal(burst(20), 5);
  clock.now += 60_000;
  assert.equal(burst(20), 10, 'what is not used does not add up');
});

test('the lowest rate lets two through, and then one a second', () => {
  const clock = { now: 5 };
  const clients = counter({ rate: 1 }, 0, clock);
  const address = somebody();
  const take = () => kind(clients.take(address));
  assert.deepEqual([take(), take(), take()], ['in', 'in', 'rate']);
  clock.now += 1000;
  assert.deepEqual([take(), take()], ['in', 'rate']);
});

test('who is over the number of sessions does not use up the rate', () => {
  const clock = { now: 7 };
  const clients = counter({ rate: 1, sessions: 1 }, 0, clock);
  const address = somebody();
  const entry = clients.take(address) as number;
  for (let i = 0; i < 9; i++) assert.equal(clients.take(address), 'ip');
  clients.release(entry);
  assert.equal(clients.take(address), entry);
});

test('what a worker held is free again when it has died, even the lock', () => {
  const [dead, alive] = [counter({ sessions: 3 }), counter({ sessions: 3 }, 1)];
  const address = somebody();
  const entry = dead.take(address) as number;
  dead.take(address);
  alive.take(address);
  const { locks, sessions } = clientCells(table);
  locks[entry - (entry % WAYS)] = 1;
  assert.equal(alive.take(address), UNCOUNTED, 'until then its bucket goes uncounted');
  reclaimClients(table, 0);
  assert.equal(sessions[entry], 1);
  assert.deepEqual([alive.take(address), alive.take(address)], [entry, entry]);
  assert.equal(alive.take(address), 'ip');
});

test('workers that race for the same addresses never go beyond the limit, nor stop short of it', async () => {
  const limit = 500;
  const addresses = [somebody(), somebody(), somebody()];
  const racers = [0, 1].map((worker) => {
    const race: ClientRace = { table, worker, limit, addresses, rounds: 60_000 };
    return new Worker(RACER, { workerData: race });
  });
  const taken = await Promise.all(racers.map(async (racer) => (await once(racer, 'message'))[0]));
  const sums = addresses.map((_, place) => taken[0][place] + taken[1][place]);
  assert.deepEqual(sums, [limit, limit, limit]);
});

test('a flood from a million addresses takes no more memory, and locks nobody out', () => {
  const flooded = createClientTable(1);
  const clock = { now: 1e6 };
  const limits = { sessions: 10, rate: 100 };
  let uncounted = 0;
  const clients = new ClientCounter(flooded, 0, limits, {
    now: () => clock.now,
    onUncounted: () => (uncounted += 1),
  });
  const innocent = ipBytes('192.0.2.1');
  const entry = clients.take(innocent) as number;
  const verdicts = { in: 0, uncounted: 0, refused: 0 };
  for (let i = 0; i < 1_000_000; i++) {
    const verdict = clients.take(Uint8Array.of(20, i >> 16, (i >> 8) & 0xff, i & 0xff));
    if (verdict === UNCOUNTED) verdicts.uncounted++;
    else if (typeof verdict === 'string') verdicts.refused++;
    else verdicts.in++;
  }
  assert.equal(verdicts.refused, 0);
  assert.equal(uncounted, verdicts.uncounted, 'each is told of');
  assert.ok(verdicts.uncounted < 150_000, `${verdicts.uncounted} of a million went uncounted`);
  assert.equal(flooded.memory.byteLength, CLIENT_ENTRIES * 28);
  assert.equal(clients.take(innocent), entry, 'who is known still is');
});

test('addresses that have no session make room for others, those that flood last', () => {
  const crowded = createClientTable(1);
  const clock = { now: 0 };
  const clients = new ClientCounter(
    crowded,
    0,
    { sessions: null, rate: 2 },
    {
      now: () => clock.now,
      onUncounted: () => (uncounted += 1),
    },
  );
  let uncounted = 0;
  const [flooder, ...others] = inOneBucket(crowded, WAYS + 8);
  for (let i = 0; i < 4; i++) clients.take(flooder!);
  for (const other of others) assert.equal(clients.take(other), UNCOUNTED, 'each was let in');
  assert.equal(clients.take(flooder!), 'rate', 'and the flooder was not forgotten');
  assert.equal(uncounted, 0, 'a rate alone keeps no count, and yet has room for all');
});

test('a bucket in which all have sessions lets others in uncounted', () => {
  const crowded = createClientTable(1);
  const clients = new ClientCounter(
    crowded,
    0,
    { sessions: 1, rate: null },
    {
      now: () => 0,
      onUncounted: () => (uncounted += 1),
    },
  );
  let uncounted = 0;
  const addresses = inOneBucket(crowded, WAYS + 1);
  const entries = addresses.map((address) => clients.take(address));
  assert.equal(new Set(entries).size, WAYS + 1);
  assert.deepEqual([entries.at(-1), uncounted], [UNCOUNTED, 1]);
  assert.equal(clients.take(addresses[0]!), 'ip', 'those who are counted still have their limit');
});

test('the hash is HalfSipHash-1-3, and another table has another seed', () => {
  assert.notDeepEqual(createClientTable(1).seed, createClientTable(1).seed);
  const buckets = new Set<number>();
  for (let i = 0; i < 4096; i++)
    buckets.add(hashClient(-1, i, table.seed) & (CLIENT_ENTRIES - WAYS));
  assert.ok(buckets.size > 3900, `${buckets.size} buckets of 4096 addresses`);
});

/** Addresses that share a bucket, which takes the table's seed to find. */
function inOneBucket({ seed }: ClientTable, count: number): Uint8Array[] {
  const wanted = hashClient(-1, 0, seed) & (CLIENT_ENTRIES - WAYS);
  const found: Uint8Array[] = [];
  for (let i = 0; found.length < count; i++) {
    if ((hashClient(-1, i, seed) & (CLIENT_ENTRIES - WAYS)) !== wanted) continue;
    found.push(Uint8Array.of(i >>> 24, (i >> 16) & 0xff, (i >> 8) & 0xff, i & 0xff));
  }
  return found;
}
