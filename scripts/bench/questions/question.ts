import type { Load } from '../load/load.ts';
import type { Proxy, RunningProxy } from '../proxies/proxy.ts';

/** A question that the benchmark answers with a table: a row per contender, a column per figure. */
export interface Question {
  /** What `--only` calls it. */
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly contenders: readonly Contender[];
  /** Names routed to the backend. */
  readonly names: number;
  /** A new process for each measurement: what it once took it may never give back. */
  readonly isFresh?: true;
  /** Where a measurement takes long and comes out the same. */
  readonly maxRounds?: number;
  /** Load and proxy share all cores instead of having one each. */
  readonly isUnpinned?: true;
  /** What sluice's first column may be, over that of the best peer. */
  readonly bar?: Bar;
  measure(load: Load, proxy: RunningProxy, pace: Pace): Promise<Figures>;
}

export interface Contender {
  readonly label: string;
  readonly proxy: Proxy;
  readonly workers: number;
}

export interface Column {
  readonly key: string;
  readonly heading: string;
  readonly digits: number;
}

export interface Bar {
  readonly must: number;
  readonly aim: number;
}

/** How long and how often. */
export interface Pace {
  readonly rounds: number;
  readonly warmMs: number;
  readonly measureMs: number;
  /** Idle sessions. */
  readonly sessions: number;
  /** How long they rest before memory is read. */
  readonly restMs: number;
}

/** By the keys of the columns; `NaN` where there is no such figure. */
export type Figures = Readonly<Record<string, number>>;

/** Contenders with one worker each. */
export function alone(...proxies: readonly Proxy[]): readonly Contender[] {
  return proxies.map((proxy) => ({ label: proxy.name, proxy, workers: 1 }));
}
