import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { makeFolder } from './folder.ts';
import { building, type Owned } from './owned.ts';
import { freePort, startRedis, type RedisServer } from './redis.ts';
import { eventually } from './wait.ts';

const run = promisify(execFile);

/** A master of Redis, a replica of it, and three real sentinels that agree about both. */
export interface WatchedRedis extends AsyncDisposable {
  readonly master: RedisServer;
  readonly replica: RedisServer;
  /** `127.0.0.1:PORT` of each. */
  readonly sentinels: readonly string[];
  /** Have a sentinel promote the replica, though the master lives. */
  failover(): Promise<unknown>;
}

const NAME = 'mymaster';
const DOWN_AFTER_MS = 1000;

/** Start them. `password` is what the sentinels want of who asks them. */
export function startWatchedRedis(password?: string): Promise<WatchedRedis> {
  return building(async (owned) => {
    const master = owned.use(await startRedis('--repl-diskless-sync-delay', '0'));
    const replica = owned.use(await startRedis('--replicaof', '127.0.0.1', String(master.port)));
    await eventually(async () =>
      (await replica.cli('INFO', 'replication')).includes('link_status:up'),
    );
    const ports: number[] = [];
    for (let i = 0; i < 3; i++) ports.push(await startSentinel(owned, master.port, password));
    for (const port of ports) await untilInformed(port, password);
    const failover = () => askSentinel(ports[0]!, password, 'FAILOVER', NAME);
    return { master, replica, sentinels: ports.map((port) => `127.0.0.1:${port}`), failover };
  });
}

// It knows the replica and both other sentinels: only then can it take part in a failover.
async function untilInformed(port: number, password?: string): Promise<void> {
  const isInformed = /num-slaves\n1\nnum-other-sentinels\n2\n/;
  await eventually(async () => isInformed.test(await askSentinel(port, password, 'MASTER', NAME)));
}

async function askSentinel(
  port: number,
  password: string | undefined,
  ...words: readonly string[]
): Promise<string> {
  const login = password === undefined ? [] : ['-a', password, '--no-auth-warning'];
  const at = ['-e', '-h', '127.0.0.1', '-p', String(port), ...login];
  return (await run('redis-cli', [...at, 'SENTINEL', ...words])).stdout;
}

async function startSentinel(
  owned: Owned,
  masterPort: number,
  password: string | undefined,
): Promise<number> {
  const folder = owned.use(await makeFolder());
  const port = await freePort();
  const login =
    password === undefined ? [] : [`requirepass ${password}`, `sentinel sentinel-pass ${password}`];
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder.path}`,
    ...login,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 3000`,
  ];
  await writeFile(folder.file('sentinel.conf'), `${lines.join('\n')}\n`);
  const child = spawn('redis-server', [folder.file('sentinel.conf'), '--sentinel'], {
    stdio: 'ignore',
  });
  owned.defer(() => end(child));
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
