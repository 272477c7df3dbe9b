import type { ClusterPlace, RedisAddress } from '../../../config/redis/place.ts';
import { redisNodeAddress } from '../../../config/redis/place.ts';
import { connectRedis, destroyRedis } from '../redis/connect.ts';
import { redisProblem } from '../redis/problem.ts';

/** Slots of every cluster (Redis Cluster specification, key distribution model). */
const SLOTS = 16_384;
/** A node is asked for a moment only: it may be the one that hangs. */
const MAX_ASKED = 8;

/** A master of a cluster. Its identity stays when its address changes. */
export interface ClusterMaster {
  readonly id: string;
  readonly address: RedisAddress;
  /** How many slots it answers for. One without may be about to get some. */
  readonly slots: number;
}

export interface Topology {
  readonly masters: readonly ClusterMaster[];
  /** Every slot has a master. */
  readonly whole: boolean;
}

/** What the first node that answers knows of the cluster. Rejects with what each of them had to say. */
export async function readTopology(
  place: ClusterPlace,
  known: readonly RedisAddress[],
  aborted: AbortSignal,
): Promise<Topology> {
  const problems: string[] = [];
  for (const address of [...shuffled(known), ...shuffled(place.seeds)].slice(0, MAX_ASKED)) {
    try {
      return topologyOf(await askNode(address, aborted), address, place);
    } catch (error) {
      aborted.throwIfAborted();
      problems.push(`${address.shown}: ${redisProblem(error)}`);
    }
  }
  throw new Error(`no node of the cluster helps: ${problems.join('; ')}`);
}

/** Read the answer to CLUSTER NODES (its manual page has the format). */
export function topologyOf(text: string, asked: RedisAddress, place: ClusterPlace): Topology {
  const masters = text.split('\n').flatMap((line) => masterIn(line, asked, place));
  const slots = masters.reduce((sum, master) => sum + master.slots, 0);
  return { masters, whole: slots === SLOTS };
}

function masterIn(line: string, asked: RedisAddress, { nodes }: ClusterPlace): ClusterMaster[] {
  const [id = '', address = '', flagText = '', , , , , , ...ranges] = line.split(' ');
  const flags = flagText.split(',');
  const slots = ranges.reduce((sum, range) => sum + slotsIn(range), 0);
  const match = /^(.*):(\d+)(?:@\d+)?(?:,([^,]*))?/.exec(address);
  if (match === null || !flags.includes('master') || isGone(flags, slots)) return [];
  const [, ip, port, name] = match;
  // A node does not know its own address before another one has told it.
  const host = name || ip || hostOf(asked);
  const node = redisNodeAddress({ host, port: Number(port) }, nodes);
  return [{ id, slots, address: { ...node, sharded: true } }];
}

// One that failed and has no slot left was replaced: it does not know yet that it is no master any more.
function isGone(flags: readonly string[], slots: number): boolean {
  if (flags.includes('noaddr')) return true;
  return slots === 0 && flags.some((flag) => flag.startsWith('fail') || flag === 'handshake');
}

function slotsIn(range: string): number {
  // `[93-<-…]` is a slot on its way, counted where it still is.
  const match = /^(\d+)(?:-(\d+))?$/.exec(range);
  return match === null ? 0 : Number(match[2] ?? match[1]) - Number(match[1]) + 1;
}

function hostOf({ url }: RedisAddress): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}

async function askNode(address: RedisAddress, aborted: AbortSignal): Promise<string> {
  const redis = await connectRedis(address, 'sluice', aborted);
  const abandon = () => destroyRedis(redis);
  aborted.addEventListener('abort', abandon);
  redis.on('error', () => {});
  try {
    return String(await redis.call('CLUSTER', 'NODES'));
  } finally {
    aborted.removeEventListener('abort', abandon);
    destroyRedis(redis);
  }
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
