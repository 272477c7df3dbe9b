import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { building } from './owned.ts';
import { freePort, startRedis, type RedisServer } from './redis.ts';
import { eventually } from './wait.ts';

const run = promisify(execFile);

/** A real Redis Cluster on loopback. */
export interface RedisCluster extends AsyncDisposable {
  /** Three masters, then whatever was joined. */
  readonly nodes: readonly RedisServer[];
  /** Run the real redis-cli and let it follow the cluster to where the key is. */
  cli(...args: readonly string[]): Promise<string>;
  /** The master that answers for a key. */
  ownerOf(key: string): Promise<RedisServer>;
  /** Move the slot of a key, with what is in it, step by step as `redis-cli --cluster reshard` does. */
  moveSlot(key: string, to: RedisServer, between?: () => Promise<void>): Promise<void>;
  /** Add a node: a master without slots, or a replica of this one. */
  join(replicaOf?: RedisServer): Promise<RedisServer>;
}

const SHORT = ['--cluster-node-timeout', '1500', '--repl-diskless-sync-delay', '0'];

export function startRedisCluster(...args: readonly string[]): Promise<RedisCluster> {
  return building(async (owned) => {
    const nodes: RedisServer[] = [];
    const startNode = async () => {
      const bus = await freePort();
      const options = [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        String(bus),
        ...SHORT,
        ...args,
      ];
      const node = owned.use(await startRedis(...options));
      if (nodes.length > 0) await meet(node, bus, nodes[0]!);
      nodes.push(node);
      return node;
    };
    for (let i = 0; i < 3; i++) await startNode();
    const ranges = [
      [0, 5460],
      [5461, 10_922],
      [10_923, 16_383],
    ];
    for (const [i, range] of ranges.entries()) {
      await nodes[i]!.cli('CLUSTER', 'ADDSLOTSRANGE', ...range.map(String));
      await nodes[i]!.cli('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1)).catch(() => {});
    }
    await untilWhole(nodes, nodes.length);
    const ownerOf = async (key: string) => {
      const slot = await nodes[0]!.cli('CLUSTER', 'KEYSLOT', key);
      const [, port] = await ownerPort(nodes, Number(slot));
      return nodes.find((node) => node.port === port)!;
    };
    return {
      nodes,
      ownerOf,
      async cli(...command) {
        const [live] = nodes;
        return (
          await run('redis-cli', ['-e', '-c', '-p', String(live!.port), ...command])
        ).stdout.trimEnd();
      },
      async moveSlot(key, to, between = () => Promise.resolve()) {
        const from = await ownerOf(key);
        const slot = await from.cli('CLUSTER', 'KEYSLOT', key);
        await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from));
        await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to));
        const keys = (await from.cli('CLUSTER', 'GETKEYSINSLOT', slot, '1000')).split('\n');
        const there = ['127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys];
        if (keys[0] !== '') await from.cli('MIGRATE', ...there);
        await between();
        const id = await idOf(to);
        for (const node of [to, from, ...nodes]) {
          await node.cli('CLUSTER', 'SETSLOT', slot, 'NODE', id).catch(() => {});
        }
      },
      async join(replicaOf) {
        const node = await startNode();
        await untilWhole(nodes.slice(-1), nodes.length);
        if (replicaOf === undefined) return node;
        const id = await idOf(replicaOf);
        await eventually(() => node.cli('CLUSTER', 'REPLICATE', id));
        await eventually(async () =>
          (await node.cli('INFO', 'replication')).includes('link_status:up'),
        );
        return node;
      },
    };
  });
}

function idOf(node: RedisServer): Promise<string> {
  return node.cli('CLUSTER', 'MYID');
}

async function meet(node: RedisServer, bus: number, first: RedisServer): Promise<void> {
  await first.cli('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(bus));
  const id = await idOf(node);
  await eventually(async () => {
    const line = (await first.cli('CLUSTER', 'NODES'))
      .split('\n')
      .find((one) => one.startsWith(id));
    return line !== undefined && !line.includes('handshake');
  });
}

async function untilWhole(nodes: readonly RedisServer[], known: number): Promise<void> {
  for (const node of nodes) {
    await eventually(async () => {
      const info = await node.cli('CLUSTER', 'INFO');
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${known}`);
    });
  }
}

async function ownerPort(nodes: readonly RedisServer[], slot: number): Promise<[string, number]> {
  const text = await nodes[0]!.cli('CLUSTER', 'NODES');
  for (const line of text.split('\n')) {
    const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
    const has = ranges.some((range) => {
      const [from, to = from] = range.split('-').map(Number);
      return from! <= slot && slot <= to!;
    });
    if (flags.includes('master') && has) return [address, Number(/:(\d+)@/.exec(address)![1])];
  }
  throw new Error(`no master has slot ${slot}`);
}
