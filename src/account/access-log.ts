import type { SessionRecord } from '../session/session.ts';
import { terminationRow, type Termination } from '../termination.ts';
import { SessionLines, type LiveRecord } from './session-lines.ts';
import { TokenBucket } from './token-bucket.ts';

/** What may be left out. Whatever else became of a session is always logged. */
const SUCCESSES: ReadonlySet<Termination> = new Set(['ok', 'redirected']);

export interface AccessLogSettings {
  readonly edge: string;
  readonly listeners: readonly string[];
  /** `debug` also logs the clients that never spoke. */
  readonly level: 'debug' | 'info';
  /** Lines a second of sessions that ended well or go on; `null`: all. */
  readonly sample: number | null;
}

export interface AccessLog {
  readonly ended: (record: SessionRecord) => void;
  /** A session that has lasted long says that it lives. */
  readonly lives: (session: LiveRecord) => void;
  /** It would, but too many do at once. */
  readonly leftOut: () => void;
}

/**
 * Writes one JSON line per session to `write`. Where successes are sampled, each line says as `skipped` how
 * many of this worker's were left out since the one before it, and `onSkipped` is told of each.
 */
export function createAccessLog(
  settings: AccessLogSettings,
  write: (line: string) => void,
  onSkipped: () => void = () => {},
): AccessLog {
  const { level: lowest, sample } = settings;
  const lines = new SessionLines(settings);
  const bucket = sample === null ? null : new TokenBucket(sample, performance.now());
  let skipped = 0;
  const leftOut = () => {
    skipped += 1;
    onSkipped();
  };
  const mayWrite = () => bucket === null || bucket.take(1, performance.now());
  const put = (line: string) => {
    write(skipped === 0 ? line : saying(line, skipped));
    skipped = 0;
  };
  return {
    ended(record) {
      if (terminationRow(record.termination).level === 'debug' && lowest !== 'debug') return;
      if (SUCCESSES.has(record.termination) && !mayWrite()) return leftOut();
      put(lines.ended(record));
    },
    lives(session) {
      if (mayWrite()) put(lines.live(session));
      else leftOut();
    },
    leftOut,
  };
}

function saying(line: string, skipped: number): string {
  return `${line.slice(0, -'}\n'.length)},"skipped":${skipped}}\n`;
}
