import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { askTls } from '../support/ask.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { startNamedBackend } from '../support/named-backend.ts';
import { Owned } from '../support/owned.ts';
import { RandomChanges } from '../support/random-changes.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { RouteHistory } from '../support/route-history.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { startSluice } from '../support/sluice.ts';

const skip = await redisMissing();
const WILDCARD = '*.wild.test';
const HOSTS = [
  ...Array.from({ length: 16 }, (_, i) => `app-${i}.test`),
  ...Array.from({ length: 3 }, (_, i) => `app-${i}.wild.test`),
  WILDCARD,
];
const MEMBERS = 6;
const ROUNDS = 75;
const ROUNDS_OF_ONE_KIND = 15;
const ROUNDS_PER_FLUSH = 25;
const MAX_BURST = 60;
/** On a machine that is busy there are fewer rounds. */
const LONGEST_MS = 15_000;
/** Within it every change is in force. */
const FRESH_MS = 1000;
/** Within it 95 % of them are, on an edge that is idle. */
const SOON_MS = 50;
const ASKERS = 6;
const MAX_TOLD = 5;
/** The net engine has one worker. */
const WORKERS = process.env['TEST_ENGINE'] === 'net' ? [] : ['--workers=2'];

/** One session: what it came to, and between which times. */
interface Asked {
  readonly host: string;
  readonly outcome: string;
  readonly start: number;
  readonly end: number;
}

test(
  'of thousands of changes each is in force within a second, whatever command made it',
  { skip, timeout: 90_000 },
  (t) => changeUnderTraffic(t, []),
);

test('the same holds where the routes do not fit into the table', { skip, timeout: 90_000 }, (t) =>
  changeUnderTraffic(t, ['--route-table-max=5']),
);

async function changeUnderTraffic(t: TestContext, args: readonly string[]): Promise<void> {
  const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  t.diagnostic(`TEST_SEED=${seed}`);
  const random = new SeededRandom(seed);
  await using owned = new Owned();
  const nameOf = await startBackends(owned);
  const histories = new Map(HOSTS.map((host) => [host, new RouteHistory(nameOf)] as const));
  const server = owned.use(await startRedis('--enable-debug-command', 'local'));
  const redis = new Redis(server.socket);
  owned.defer(() => Promise.resolve(redis.disconnect()));
  const changes = new RandomChanges({
    redis,
    random,
    hosts: HOSTS,
    members: [...nameOf.keys()],
    onChanged: (host, ...change) => histories.get(host)!.note(...change),
  });
  await changes.prepare();
  const flags = ['--hold-loss=off', ...WORKERS, ...args];
  const sluice = owned.use(await startSluice({ redis: server.url, args: flags }));
  const run = await askWhile(sluice.address(), () => changeAll(redis, random, changes));
  report(t, { ...run, histories, changes });
  const late = slowest(run.asked, histories).filter(({ age }) => age > FRESH_MS + run.stalledMs);
  const told = late.slice(0, MAX_TOLD).map((session) => tell(session, histories));
  assert.equal(late.length, 0, told.join('\n'));
}

async function startBackends(owned: Owned): Promise<ReadonlyMap<string, string>> {
  const nameOf = new Map<string, string>();
  for (let i = 0; i < MEMBERS; i++) {
    const backend = owned.use(await startNamedBackend(`backend-${i}`));
    nameOf.set(backend.address, `backend-${i}`);
  }
  return nameOf;
}

/** A burst of changes of one route, then silence for it while others have theirs. */
async function changeAll(
  redis: Redis,
  random: SeededRandom,
  changes: RandomChanges,
): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (let round = 0; round < ROUNDS && performance.now() < deadline; round++) {
    // Expired keys are deleted by Redis on its own or, half of the time, when they are next touched.
    const isActive = Math.floor(round / ROUNDS_OF_ONE_KIND) % 2;
    if (round % ROUNDS_OF_ONE_KIND === 0) {
      await redis.call('DEBUG', 'SET-ACTIVE-EXPIRE', String(isActive));
    }
    if (round % ROUNDS_PER_FLUSH === 0 && round > 0) await changes.flush();
    const host = random.pick(HOSTS);
    for (let left = random.integer(1, MAX_BURST); left > 0; left--) {
      await changes.change(host);
      if (random.next() < 0.1) await pause(random.integer(0, 5));
    }
    if (random.next() < 0.3) await changes.expire(host);
    await pause(random.integer(0, 150));
  }
  // Whoever comes now may see nothing but the end.
  await pause(FRESH_MS + 500);
}

/** Open sessions one after the other, a few at a time, for as long as the work takes. */
async function askWhile(
  address: string,
  work: () => Promise<void>,
): Promise<{ readonly asked: Asked[]; readonly stalledMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const asked: Asked[] = [];
  const ask = async () => {
    const host = HOSTS[Math.floor(Math.random() * HOSTS.length)]!;
    const name = host === WILDCARD ? 'other.wild.test' : host;
    const start = performance.now();
    const outcome = await askTls(address, name);
    asked.push({ host, outcome, start, end: performance.now() });
  };
  await meanwhile(work, ask, ASKERS);
  delay.disable();
  return { asked, stalledMs: delay.max / 1e6 };
}

type Histories = ReadonlyMap<string, RouteHistory>;
type Aged = Asked & { readonly age: number };

function slowest(sessions: readonly Asked[], histories: Histories): Aged[] {
  const aged = sessions.map((session) => ({ ...session, age: ageOf(session, histories) }));
  return aged.toSorted((a, b) => b.age - a.age);
}

/** How old at least the state was that the session saw. */
function ageOf({ host, outcome, start, end }: Asked, histories: Histories): number {
  const own = histories.get(host)!;
  const age = own.ageOf(outcome, start, end);
  if (!host.endsWith('.wild.test') || host === WILDCARD) return age;
  const beyond = histories.get(WILDCARD)!.ageOf(outcome, start, end);
  return Math.min(age, Math.max(own.ageOf('alert 112', start, end), beyond));
}

interface Run {
  readonly asked: readonly Asked[];
  readonly histories: Histories;
  readonly changes: RandomChanges;
  readonly stalledMs: number;
}

function report(t: TestContext, { asked, histories, changes, stalledMs }: Run): void {
  const total = [...changes.counts.values()].reduce((sum, count) => sum + count, 0);
  const counts = [...changes.counts].map(([name, count]) => `${name} ${count}`).join(', ');
  t.diagnostic(`${total} changes (${counts}), ${asked.length} sessions`);
  const aged = slowest(asked, histories);
  const fresh = aged.filter(
    ({ host, start, end }) => histories.get(host)!.quietBefore(start, end) < FRESH_MS,
  );
  t.diagnostic(`within ${SOON_MS} ms: ${share(aged)} of all sessions`);
  t.diagnostic(`within ${SOON_MS} ms: ${share(fresh)} of those within a second of a change`);
  const ages = [0, 0.001, 0.01].map((at) => aged[Math.floor(at * aged.length)]!.age.toFixed(1));
  t.diagnostic(`oldest state seen: ${ages[0]} ms; p99.9 ${ages[1]} ms, p99 ${ages[2]} ms`);
  t.diagnostic(`the longest stall of the test itself: ${stalledMs.toFixed(1)} ms`);
}

function share(sessions: readonly Aged[]): string {
  const soon = sessions.filter(({ age }) => age <= SOON_MS).length;
  return `${((100 * soon) / sessions.length).toFixed(2)} %`;
}

function tell({ host, outcome, start, end, age }: Aged, histories: Histories): string {
  const story = histories.get(host)!.tell(start, end);
  return `${host} came to ${outcome}, ${age} ms too late, in ${end - start} ms:\n${story}`;
}
