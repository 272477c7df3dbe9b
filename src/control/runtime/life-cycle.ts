/** What stopping needs of the rest. */
export interface Stoppable {
  /** Accept nothing more; resolves when the last session has ended. */
  drain(): Promise<void>;
  /** End every live session with this termination. */
  end(termination: 'drained' | 'shutdown'): void;
}

export interface StopOptions {
  /** How long live sessions may go on, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** Told once, when stopping begins. */
  readonly onDrain: (signal: StopSignal) => void;
}

export type StopSignal = 'SIGTERM' | 'SIGINT';

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;
// Sessions that were ended need a moment to be closed and accounted for.
const END_GRACE_MS = 2000;
// One to drain, one to end at once.
const MAX_KEPT = 2;

/**
 * Wait for SIGTERM or SIGINT, drain, and resolve with the exit code: 0 when everything ended by
 * itself or at the deadline, 128 and the signal's number when a second signal cut it short.
 */
export async function untilStopped(
  signals: StopSignals,
  sessions: Stoppable,
  options: StopOptions,
): Promise<number> {
  options.onDrain(await signals.next());
  const drained = sessions.drain().then(() => null);
  const second = signals.next();
  const cut = await Promise.race([drained, second, pause(options.drainTimeoutMs)]);
  if (cut === null) return 0;
  sessions.end(cut === 'deadline' ? 'drained' : 'shutdown');
  await Promise.race([drained, pause(END_GRACE_MS)]);
  return cut === 'deadline' ? 0 : 128 + SIGNAL_NUMBERS[cut];
}

/** From now on SIGHUP does not end the process, as it would by default: `onHangup` is told instead. */
export function surviveHangups(onHangup: () => void): void {
  process.on('SIGHUP', onHangup);
}

/** From now on SIGQUIT does not end the process with a core, as it would by default: `onQuit` is told instead. */
export function surviveQuits(onQuit: () => void): void {
  process.on('SIGQUIT', onQuit);
}

/** The stop signals of this process, one after another. Those that nobody waits for yet are kept. */
export class StopSignals {
  readonly #kept: StopSignal[] = [];
  #waiting: ((signal: StopSignal) => void) | null = null;

  constructor() {
    process.on('SIGTERM', this.#receive);
    process.on('SIGINT', this.#receive);
  }

  next(): Promise<StopSignal> {
    return new Promise((resolve) => {
      const kept = this.#kept.shift();
      if (kept === undefined) this.#waiting = resolve;
      else resolve(kept);
    });
  }

  close(): void {
    process.off('SIGTERM', this.#receive);
    process.off('SIGINT', this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) waiting(signal as StopSignal);
    else if (this.#kept.length < MAX_KEPT) this.#kept.push(signal as StopSignal);
  };
}

function pause(milliseconds: number): Promise<'deadline'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('deadline'), milliseconds).unref();
  });
}
