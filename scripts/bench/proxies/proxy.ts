import type { Names } from '../load/hellos.ts';

/** What a proxy is to do. */
export interface Setting {
  /** Where the one backend listens, on 127.0.0.1. */
  readonly backendPort: number;
  readonly names: Names;
  /** A Redis that has these names; without it sluice reads a file. */
  readonly redis?: string | undefined;
  readonly workers: number;
  /** Sessions at once, at most. */
  readonly sessions: number;
}

/** A proxy that runs. */
export interface RunningProxy extends AsyncDisposable {
  /** Its process, which may have children; `null` where there is none in between. */
  readonly pid: number | null;
  readonly port: number;
}

/** A proxy that can be measured. */
export interface Proxy {
  readonly name: string;
  /** Whether sluice is to be measured by it. */
  readonly isPeer: boolean;
  start(setting: Setting): Promise<RunningProxy>;
}

/** Bytes a proxy reads at a time, the same for all that can be told. */
export const BUFFER_BYTES = 16_384;
