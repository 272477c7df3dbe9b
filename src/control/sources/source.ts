import type { RouteRecord } from './routes/route-record.ts';
import type { RouteSet } from './routes/route-set.ts';

/**
 * Where routes come from. A source reads them, tells its sink, and keeps telling it what changes,
 * until it is closed. It never throws: what is wrong stands in `status`, and known routes stay.
 */
export interface RouteSource {
  /**
   * Once. Returns at once; the first `replace` comes when the routes have been read. A source that
   * holds back the loss of many routes compares its first table with the `earlier` one, if there is any.
   */
  start(sink: RouteSink, earlier?: Promise<EarlierRoutes | null>): void;
  /** Stop, and tell the sink nothing more. */
  close(): Promise<void>;
  /** As things stand now: a new object each time. */
  readonly status: SourceStatus;
  /** What the sink was told, as far as it is held here. Goes on changing. */
  readonly routes?: ReadonlyMap<string, RouteRecord>;
  /** What was told or read may be too old to lack a route for the reason that there is none. */
  readonly mayLackRoutes?: boolean;
  /** Take these for what was read, and tell the sink, unless routes have been read already. */
  adopt?(earlier: EarlierRoutes): void;
  /**
   * Read these patterns now, ahead of the full table; those without a route are not in the answer.
   * Rejects when that is impossible.
   */
  read?(patterns: readonly string[]): Promise<ReadonlyMap<string, RouteRecord>>;
  /**
   * Tell whoever starts backends that a client waits for this name, once a second for all edges together.
   * Rejects when that is impossible; a source that knows nobody to tell has no such method.
   */
  callWaker?(name: string): Promise<WakerCall>;
}

/**
 * `called` · `called-alone`: without the right to write, so that every edge calls · `shared`: another edge
 * has called in this second · `elsewhere`: another node of the cluster is to be asked.
 */
export type WakerCall = 'called' | 'called-alone' | 'shared' | 'elsewhere';

/** Routes that were current at `asOf`, in milliseconds since the epoch. Whoever is given them owns the set. */
export interface EarlierRoutes {
  readonly routes: RouteSet;
  readonly asOf: number;
}

/** Who is told. Keys are texts of patterns; members and options are as the operator wrote them. */
export interface RouteSink {
  /** The whole table. Never holds an empty record. The map goes on changing: take what is needed at once. */
  replace(all: ReadonlyMap<string, RouteRecord>): void;
  /** One route; `null` when it is gone. */
  change(key: string, record: RouteRecord | null): void;
  /**
   * There are more routes than may be told: each is to be `read` when it is needed. Said again when
   * changes of what was read may have been missed.
   */
  tooMany?(): void;
  /** What was read of these keys is outdated; `null` is all. Only of routes that are not told. */
  outdated?(keys: readonly string[] | null): void;
  /** Something at this key is skipped, and why. Told once, and again when the reason changes. */
  onProblem(key: string, reason: string): void;
}

/** How changes are learnt of: Redis' client tracking, its keyspace notifications, or by reading again and again. */
export type TrackingMode = 'tracking' | 'keyspace' | 'polling';

export interface SourceStatus {
  readonly kind: 'redis' | 'file';
  /** Where the routes come from, fit to be printed: no password. */
  readonly from: string;
  /** Routes have been read at least once. */
  readonly ready: boolean;
  readonly connected: boolean;
  /** How changes are learnt of; `null` where that is no question, or before it was asked. */
  readonly tracking: TrackingMode | null;
  /** What is wrong, in words, or `null`. A source can be ready and have a problem. */
  readonly problem: string | null;
  /** Routes held. */
  readonly routes: number;
  /** Keys that are skipped or cut short; counted up to 1,000. */
  readonly badKeys: number;
  /** When everything was last read, in milliseconds since the epoch. */
  readonly lastSyncAt: number | null;
  /** Since when changes may have been missed, likewise; `null` while the table is current. */
  readonly staleSince: number | null;
  /** While the routes in use are from a snapshot on disk: when that was current, likewise. */
  readonly snapshotAt: number | null;
  /** Routes that are gone at the source and stay in use, because so many went at once. */
  readonly lossHeld: number;
  /** The snapshot on disk, where one is kept. */
  readonly snapshot: SnapshotStatus | null;
  readonly counters: Readonly<SourceCounters>;
}

export interface SnapshotStatus {
  /** When the file was last known to be current, in milliseconds since the epoch; `null`: there is none. */
  readonly asOf: number | null;
  /** It is being read, and its routes will be in use in a moment if the source tells none. */
  readonly loading: boolean;
  /** Why it cannot be written or used. */
  readonly problem: string | null;
  readonly writes: { readonly ok: number; readonly error: number };
}

/** Why routes were read: a connection was made, keys changed, everything was flushed, time passed. */
export type SyncTrigger = 'connect' | 'invalidate' | 'flush' | 'periodic';

export interface SourceCounters {
  reconnects: number;
  /** Keys that were announced as changed; a flush counts as one. */
  invalidations: number;
  /** Routes that only the periodic look found to have changed. Should stay 0 where changes are announced. */
  reconcileFixes: number;
  readonly syncs: Readonly<Record<SyncTrigger, { ok: number; error: number }>>;
}

/** The log as a source needs it. */
export interface SourceLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export function zeroCounters(): SourceCounters {
  const none = () => ({ ok: 0, error: 0 });
  const syncs = { connect: none(), invalidate: none(), flush: none(), periodic: none() };
  return { reconnects: 0, invalidations: 0, reconcileFixes: 0, syncs };
}

/** Run one reading of routes, counted by how it ends. */
export async function countSync<T>(
  { syncs }: SourceCounters,
  trigger: SyncTrigger,
  read: () => Promise<T>,
): Promise<T> {
  try {
    const result = await read();
    syncs[trigger].ok++;
    return result;
  } catch (error) {
    syncs[trigger].error++;
    throw error;
  }
}
