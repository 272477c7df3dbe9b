import type { Hello } from '../inspect/hello.ts';
import type { Phase, Session, SessionRecord } from '../session/session.ts';
import type { Limit, StageObserver } from '../session/line-parts.ts';
import type { Termination } from '../termination.ts';
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
  return {
    accepted(session) {
      counters.add('connections', 1, session.listener);
      counters.addFor('active', session.listener, session.phase, 1);
    },
    acceptFailed: (listener) => counters.add('acceptErrors', 1, listener),
    entered: (session, phase) => enter(counters, session, phase),
    hello: (session, hello) => countHello(counters, session, hello),
    lookedUp: (result) => counters.addValue('lookups', result),
    connected(result, milliseconds) {
      counters.addValue('connects', result);
      if (result === 'ok') counters.observe('connectSeconds', milliseconds / 1000);
    },
    retryDenied: () => counters.add('retriesDenied', 1),
    ended(session) {
      counters.addFor('active', session.listener, session.phase, -1);
      counters.addFor('sessions', session.listener, session.termination, 1);
      counters.add('retries', session.retries);
      if (session.protocol === null) countUnread(counters, session);
      if (session.termination === 'limited') counters.addValue('limited', session.detail as Limit);
      if (session.socket !== null) counters.observe('sessionSeconds', session.endedAfter / 1e6);
      countBytes(counters, session);
      log?.(session);
    },
    progress(sessions) {
      for (const session of sessions) countBytes(counters, session);
    },
  };
}

function enter(counters: Counters, session: Session, phase: Phase): void {
  counters.addFor('active', session.listener, session.phase, -1);
  counters.addFor('active', session.listener, phase, 1);
  session.phase = phase;
}

function countHello(counters: Counters, session: Session, hello: Hello): void {
  const result = hello.serverName === null ? 'no-name' : 'ok';
  counters.addFor('hellos', session.listener, result, 1);
  counters.observe('helloSeconds', session.helloAfter / 1e6);
  if (hello.protocol === 'tls' && hello.ech) counters.add('ech', 1);
}

function countUnread(counters: Counters, session: Session): void {
  const result = HELLO_RESULTS[session.termination];
  if (result !== undefined) counters.addFor('hellos', session.listener, result, 1);
}

// Adds what has come since the last time: a long session shows while it lives.
function countBytes(counters: Counters, session: Session): void {
  const { bytesFromClient, bytesFromBackend } = session;
  counters.addValue('bytes', 'from-client', bytesFromClient - session.countedFromClient);
  counters.addValue('bytes', 'from-backend', bytesFromBackend - session.countedFromBackend);
  session.countedFromClient = bytesFromClient;
  session.countedFromBackend = bytesFromBackend;
}
