import type { Redis } from 'ioredis';
import type { SeenPart, SeenRoute } from './route-history.ts';
import type { SeededRandom } from './seeded-random.ts';

export type Command = readonly [name: string, ...args: (string | Buffer)[]];

/** Told what Redis has of a route after it was changed between two times of `performance.now()`. */
export type OnChanged = (host: string, seen: SeenRoute, sent: number, answered: number) => void;

export interface RandomChangesOptions {
  readonly redis: Redis;
  readonly random: SeededRandom;
  readonly hosts: readonly string[];
  readonly members: readonly string[];
  readonly onChanged: OnChanged;
}

/** One command that may change a route, and perhaps another. */
interface Chosen {
  readonly command: Command;
  readonly other?: string;
}

const READS_PER_HOST = 7;
const MAX_TTL_MS = 600;
const EVERYBODY = '127.0.0.0/8';

/** Changes routes in every way that Redis has, as chance will, and tells what they are then. */
export class RandomChanges {
  readonly #options: RandomChangesOptions;
  readonly #dumps: Buffer[] = [];
  /** Changes by the name of their command. */
  readonly counts = new Map<string, number>();

  constructor(options: RandomChangesOptions) {
    this.#options = options;
  }

  /** Prepare what RESTORE brings back. */
  async prepare(): Promise<void> {
    const { redis, members } = this.#options;
    for (let count = 1; count <= 3; count++) {
      await redis.sadd('dumped', ...members.slice(0, count));
      this.#dumps.push(await redis.dumpBuffer('dumped'));
    }
    await redis.del('dumped');
  }

  /** Change one route, by one command or by a few in one MULTI. */
  async change(host: string): Promise<void> {
    const { random } = this.#options;
    const isMulti = random.next() < 0.3;
    const chosen = Array.from({ length: isMulti ? random.integer(2, 4) : 1 }, () =>
      random.pick(WAYS)({ host, ...this.#options, dumps: this.#dumps }),
    );
    const hosts = [host, ...chosen.flatMap(({ other }) => other ?? [])];
    const commands = chosen.map(({ command }) => command);
    await this.#run(commands, isMulti, [...new Set(hosts)]);
  }

  /** Give a route backends that are gone soon. */
  async expire(host: string): Promise<void> {
    const { members, random } = this.#options;
    const key = backendsOf(host);
    const commands: readonly Command[] = [
      ['DEL', key, drainingOf(host), optionsOf(host)],
      ['SADD', key, random.pick(members)],
      ['PEXPIRE', key, ttl(this.#options)],
    ];
    await this.#run(commands, true, [host]);
  }

  /** Lose all routes at once, and bring some back in the same breath or not at all. */
  async flush(): Promise<void> {
    const { random, hosts, members } = this.#options;
    const again = random.next() < 0.5 ? hosts.slice(0, hosts.length >> 1) : [];
    const commands = again.map<Command>((host) => ['SADD', backendsOf(host), random.pick(members)]);
    const flush = random.pick<Command>([['FLUSHALL'], ['FLUSHALL', 'ASYNC'], ['FLUSHDB']]);
    await this.#run([flush, ...commands], true, hosts);
  }

  async #run(
    commands: readonly Command[],
    isMulti: boolean,
    hosts: readonly string[],
  ): Promise<void> {
    const { redis, onChanged } = this.#options;
    for (const [name] of commands) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const reads = hosts.flatMap(readsOf);
    const sent = performance.now();
    const single = isMulti ? [] : commands.map(([name, ...args]) => redis.call(name, ...args));
    const transaction = redis.multi();
    for (const [name, ...args] of isMulti ? [...commands, ...reads] : reads) {
      transaction.call(name, ...args);
    }
    // What there is nothing of cannot be renamed, and what is of another type not be added to.
    const [replies] = await Promise.all([transaction.exec(), ...single.map(ignoreRefusal)]);
    const answered = performance.now();
    const seen = replies!.slice(-reads.length).map(([error, reply]) => (error ? null : reply));
    for (const [i, host] of hosts.entries()) {
      onChanged(host, seenRoute(seen.slice(i * READS_PER_HOST)), sent, answered);
    }
  }
}

interface Choice extends RandomChangesOptions {
  readonly host: string;
  readonly dumps: readonly Buffer[];
}

type Way = (choice: Choice) => Chosen;

const WAYS: readonly Way[] = [
  add,
  add,
  add,
  add,
  on((key, { random, members }) => ['SREM', key, random.pick(members), random.pick(members)]),
  on((key) => ['SPOP', key]),
  on((key) => ['DEL', key]),
  on((key) => ['UNLINK', key]),
  on((key, choice) => ['PEXPIRE', key, ttl(choice)]),
  on((key, choice) => ['PEXPIREAT', key, String(Date.now() + Number(ttl(choice)))]),
  on((key) => ['EXPIRE', key, '1']),
  on((key) => ['PERSIST', key]),
  on((key) => ['SET', key, 'not a set']),
  on((key, choice) => ['RESTORE', key, '0', choice.random.pick(choice.dumps), 'REPLACE']),
  on((key, choice) => ['RESTORE', key, ttl(choice), choice.random.pick(choice.dumps), 'REPLACE']),
  ({ host, random, members }) => ({
    command: ['SMOVE', backendsOf(host), drainingOf(host), random.pick(members)],
  }),
  ({ host, random, members }) => ({
    command: ['SMOVE', backendsOf(host), drainingOf(host), random.pick(members)],
  }),
  ({ host, random, members }) => ({
    command: ['SMOVE', drainingOf(host), backendsOf(host), random.pick(members)],
  }),
  ({ host }) => ({ command: ['DEL', drainingOf(host)] }),
  ({ host }) => ({ command: ['HSET', optionsOf(host), 'deny', EVERYBODY] }),
  ({ host }) => ({ command: ['HSET', optionsOf(host), 'balance', 'random'] }),
  ({ host }) => ({ command: ['HDEL', optionsOf(host), 'deny'] }),
  ({ host }) => ({ command: ['HDEL', optionsOf(host), 'deny', 'balance'] }),
  ({ host }) => ({ command: ['DEL', optionsOf(host)] }),
  (choice) => ({ command: ['PEXPIRE', optionsOf(choice.host), ttl(choice)] }),
  ({ host, random, hosts }) => toAnother(host, random.pick(hosts), 'RENAME'),
  ({ host, random, hosts }) => toAnother(host, random.pick(hosts), 'COPY', 'REPLACE'),
];

function add({ host, random, members }: Choice): Chosen {
  return { command: ['SADD', backendsOf(host), random.pick(members), random.pick(members)] };
}

function on(build: (key: string, choice: Choice) => Command): Way {
  return (choice) => ({ command: build(backendsOf(choice.host), choice) });
}

function toAnother(host: string, other: string, name: string, ...rest: string[]): Chosen {
  return { command: [name, backendsOf(host), backendsOf(other), ...rest], other };
}

function ttl({ random }: Pick<Choice, 'random'>): string {
  return String(random.integer(1, MAX_TTL_MS));
}

function readsOf(host: string): readonly Command[] {
  return [
    ['SMEMBERS', backendsOf(host)],
    ['PTTL', backendsOf(host)],
    ['SMEMBERS', drainingOf(host)],
    ['PTTL', drainingOf(host)],
    ['EXISTS', optionsOf(host)],
    ['HGET', optionsOf(host), 'deny'],
    ['PTTL', optionsOf(host)],
  ];
}

function seenRoute(replies: readonly unknown[]): SeenRoute {
  const [backends, backendsTtl, draining, drainingTtl, exists, deny, optionsTtl] = replies;
  const options = exists === 1 ? ((deny as string | null) ?? '') : null;
  return {
    backends: seenPart((backends ?? []) as readonly string[], backendsTtl),
    draining: seenPart((draining ?? []) as readonly string[], drainingTtl),
    deny: seenPart(options, optionsTtl),
  };
}

function seenPart<T>(value: T, pttl: unknown): SeenPart<T> {
  return { value, ttlMs: Number(pttl) >= 0 ? Number(pttl) : null };
}

async function ignoreRefusal(reply: Promise<unknown>): Promise<void> {
  await reply.catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'ReplyError')) throw error;
  });
}

function backendsOf(host: string): string {
  return `hostnames:${host}:backends`;
}

function drainingOf(host: string): string {
  return `hostnames:${host}:draining`;
}

function optionsOf(host: string): string {
  return `hostnames:${host}:options`;
}
