import { pino, type Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The edge's own log: JSON lines on standard error, written at once so that a crash loses none. */
export function createLog(level: LogLevel, edge: string): Logger {
  return pino(
    {
      base: { edge },
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** Says the same thing once only, of a bounded number of things. */
export class OnceLog {
  readonly #said = new Set<string>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Whether this is new. Beyond the bound everything is old. */
  first(what: string): boolean {
    if (this.#said.has(what) || this.#said.size >= this.#max) return false;
    this.#said.add(what);
    return true;
  }
}
