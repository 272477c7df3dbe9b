import type { Session } from '../../session/session.ts';
import type { AccessLog } from '../access-log.ts';
import type { LiveRecord, SessionLines } from '../session-lines.ts';

/** Sessions are looked at so often, or as often as they are to be logged where that is more. */
const LOOK_MS = 5000;
/** Lines a look: those of clients that all came at once must not hold the worker up. */
const MAX_LINES = 2000;

/**
 * Log every session each time it has lasted `longMs` once more, a few seconds late at most. `sessions` are
 * the live ones, in the order of their arrival. `null`: never.
 */
export function logLongSessions(
  longMs: number | null,
  sessions: Iterable<Session>,
  log: AccessLog,
): void {
  if (longMs === null) return;
  let lookedAt = performance.now();
  const look = () => {
    const now = performance.now();
    let lines = 0;
    for (const session of justLong(sessions, longMs, lookedAt, now)) {
      if (lines < MAX_LINES) log.lives(session);
      else log.leftOut();
      lines += 1;
    }
    lookedAt = now;
  };
  setInterval(look, Math.min(longMs, LOOK_MS)).unref();
}

/** The lines of the first `max` of them: the oldest. */
export function oldestLines(
  sessions: Iterable<LiveRecord>,
  lines: SessionLines,
  max: number,
): string {
  let text = '';
  let left = max;
  for (const session of sessions) {
    if (left === 0) break;
    left -= 1;
    text += lines.live(session);
  }
  return text;
}

/** Those that have completed another `longMs` since `before`; no session has to remember its last line for it. */
export function* justLong<T extends Pick<Session, 'ageAt'>>(
  sessions: Iterable<T>,
  longMs: number,
  before: number,
  now: number,
): Generator<T, void> {
  const long = longMs * 1000;
  for (const session of sessions) {
    const age = session.ageAt(now);
    // Whoever comes later is younger.
    if (age < long) return;
    if (Math.floor(age / long) > Math.floor(session.ageAt(before) / long)) yield session;
  }
}
