import type { Phase, Session, SessionRecord } from '../session/session.ts';
import type { Limit, StageObserver } from '../session/line-parts.ts';
import { isFailure, type Termination } from '../termination.ts';
import type { Counters, LabelValue } from './counters.ts';

/** Turns what happens to sessions into counts and access lines. */
export interface Recorder extends StageObserver {
  accepted(session: Session): void;
  /** Clients of a listener could not be accepted. */
  acceptFailed(listener: number): void;
  ended(session: Session): void;
  /** Count the bytes that live sessions have moved since the last time. */
  progress(sessions: Iterable<Session>): void;
}

/** What the hello of a session that never got past it is counted as. */
const HELLO_RESULTS: Partial<Record<Termination, LabelValue<'hellos'>>> = {
  'client-silent': 'silent',
  'hello-aborted': 'closed',
  'hello-timeout': 'timeout',
  'hello-too-large': 'too-large',
  malformed: 'malformed',
  'not-tls': 'not-tls',
};

export function createRecorder(options: {
  readonly counters: Counters;
  readonly log: ((record: SessionRecord) => void) | null;
}): Recorder {
  const { counters, log } = options;
  const cells = cellsOf(counters);
  return {
    accepted({ listener, phase }) {
      counters.add('connections', 1, listener);
      cells.active.add(phase, 1, listener);
    },
    acceptFailed: (listener) => counters.add('acceptErrors', 1, listener),
    entered: (session, phase) => enter(cells, session, phase),
    hello(session, hello) {
      cells.hellos.add(hello.serverName === null ? 'no-name' : 'ok', 1, session.listener);
      cells.helloSeconds.observe(session.helloAfter / 1e6);
      if (hello.protocol === 'tls' && hello.ech) counters.add('ech', 1);
    },
    lookedUp: (result) => cells.lookups.add(result, 1),
    connected(result, milliseconds) {
      cells.connects.add(result, 1);
      if (result === 'ok') cells.connectSeconds.observe(milliseconds / 1000);
    },
    retryDenied: () => counters.add('retriesDenied', 1),
    ended(session) {
      if (session.retries > 0) counters.add('retries', session.retries);
      countEnd(cells, session);
      countBytes(cells, session);
      log?.(session);
    },
    progress(sessions) {
      for (const session of sessions) countBytes(cells, session);
    },
  };
}

type Cells = ReturnType<typeof cellsOf>;

function cellsOf(counters: Counters) {
  return {
    active: counters.series('active'),
    sessions: counters.series('sessions'),
    limited: counters.series('limited'),
    hellos: counters.series('hellos'),
    lookups: counters.series('lookups'),
    connects: counters.series('connects'),
    bytes: counters.series('bytes'),
    helloSeconds: counters.histogram('helloSeconds'),
    connectSeconds: counters.histogram('connectSeconds'),
    sessionSeconds: counters.histogram('sessionSeconds'),
  };
}

function enter({ active }: Cells, session: Session, phase: Phase): void {
  active.add(session.phase, -1, session.listener);
  active.add(phase, 1, session.listener);
  session.phase = phase;
}

function countEnd(cells: Cells, session: Session): void {
  const { listener, termination, route } = session;
  cells.active.add(session.phase, -1, listener);
  cells.sessions.add(termination, 1, listener);
  if (session.protocol === null) countUnread(cells, session);
  if (termination === 'limited') cells.limited.add(session.detail as Limit, 1);
  if (session.socket !== null) cells.sessionSeconds.observe(session.endedAfter / 1e6);
  route?.tally?.ended(isFailure(termination));
}

function countUnread({ hellos }: Cells, session: Session): void {
  const result = HELLO_RESULTS[session.termination];
  if (result !== undefined) hellos.add(result, 1, session.listener);
}

// Adds what has come since the last time: a long session shows while it lives.
function countBytes({ bytes }: Cells, session: Session): void {
  const { bytesFromClient, bytesFromBackend } = session;
  const fromClient = bytesFromClient - session.countedFromClient;
  const fromBackend = bytesFromBackend - session.countedFromBackend;
  bytes.add('from-client', fromClient);
  bytes.add('from-backend', fromBackend);
  session.route?.tally?.moved(fromClient, fromBackend);
  session.countedFromClient = bytesFromClient;
  session.countedFromBackend = bytesFromBackend;
}
