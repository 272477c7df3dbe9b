/**
 * Where routes come from. A source reads them, tells its sink, and keeps telling it what changes,
 * until it is closed. It never throws: what is wrong stands in `status`, and known routes stay.
 */
export interface RouteSource {
  /** Once. Returns at once; the first `replace` comes when the routes have been read. */
  start(sink: RouteSink): void;
  /** Stop, and tell the sink nothing more. */
  close(): Promise<void>;
  /** As things stand now: a new object each time. */
  readonly status: SourceStatus;
}

/** Who is told. Keys are texts of patterns; members are backends as the operator wrote them. */
export interface RouteSink {
  /** The whole table. Never holds an empty list. The map goes on changing: take what is needed at once. */
  replace(all: ReadonlyMap<string, readonly string[]>): void;
  /** One route. Without members it is gone. */
  change(key: string, members: readonly string[]): void;
  /** Something at this key is skipped, and why. Told once, and again when the reason changes. */
  onProblem(key: string, reason: string): void;
}

export interface SourceStatus {
  readonly kind: 'redis' | 'file';
  /** Where the routes come from, fit to be printed: no password. */
  readonly from: string;
  /** Routes have been read at least once. */
  readonly ready: boolean;
  readonly connected: boolean;
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
  readonly counters: Readonly<SourceCounters>;
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
