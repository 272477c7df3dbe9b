import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { createAccessLog, type AccessLog } from '../account/access-log.ts';
import { Counters } from '../account/counters.ts';
import { logLongSessions, oldestLines } from '../account/log/long-sessions.ts';
import { createRecorder } from '../account/recorder.ts';
import { SessionLines } from '../account/session-lines.ts';
import { RetryBudget } from '../dial/retry-budget.ts';
import { createEngine } from '../engine/create.ts';
import { SocketError, type ClientSocket, type Listening } from '../engine/engine.ts';
import { TurnWaits } from '../engine/turn-waits.ts';
import { runSession } from '../session/line.ts';
import { Roster } from '../session/roster.ts';
import { Session } from '../session/session.ts';
import { createLine } from '../session/stages.ts';
import { Waiting } from '../session/waiting/waiting.ts';
import { Witness } from '../session/witness.ts';
import { BackendHealth } from './health/backend-health.ts';
import { BackendState, TOTAL_SLOT } from './backend-state.ts';
import { ClientCounter } from './clients/client-limits.ts';
import { findLive } from './feed/live-session.ts';
import { SessionFeed } from './feed/session-feed.ts';
import { HostReports } from './hosts/host-reports.ts';
import { HostTally } from './hosts/host-tally.ts';
import { LineBatch } from './line-batch.ts';
import { machineNow } from './machine-clock.ts';
import { sessionVerdicts } from './health/session-verdicts.ts';
import type { FromWorker, ListenerStart, ToWorker, WorkerStart } from './messages.ts';
import { RemovedSessions } from './removed-sessions.ts';
import { repeat } from './repeat.ts';
import { atEndOfTurn, RouteLookup } from './route-lookup.ts';

/** The entry of a worker thread: the data plane, from the listening sockets to the session records. */

// Bytes of long sessions reach the metrics so often: rates are those of a few of these.
const PROGRESS_MS = 1000;

const start = workerData as WorkerStart;
const control = parentPort!;
const post = (message: FromWorker) => control.postMessage(message);

const waits = new TurnWaits(new Float64Array(start.waits));
const engine = createEngine(start.engine, start, waits);
const counters = new Counters(start.counters.layout, new Float64Array(start.counters.cells));
const backendState = new BackendState(start.backends, start.worker);
const health = new BackendHealth(start.health, start.ejection);
const onEjected = (slot: number) => post({ type: 'ejected', slot });
const witness = new Witness(sessionVerdicts({ health, onEjected, noteAnswers: noteProgress }));
const hosts = new HostReports((deltas) => post({ type: 'hosts', deltas }));
const tallyOf = (pattern: string) => new HostTally(pattern, hosts.touched);
const routes = new RouteLookup(start.balance, post, atEndOfTurn, tallyOf);
const waiting = new Waiting(backendState, (name) => post({ type: 'wake', name }));
const roster = new Roster();
const removedSessions = new RemovedSessions(roster);
const accessLines = new LineBatch((lines) => post({ type: 'access-lines', lines }));
const accessLog = createWorkerLog();
const recorder = createRecorder({ counters, log: accessLog?.ended ?? null });
const sessionLines = new SessionLines({
  edge: start.edge,
  listeners: start.listeners.map(({ name }) => name),
});
const feed = new SessionFeed({
  lines: sessionLines,
  post: (message) => post({ type: 'session-lines', ...message }),
  begun: (id) => post({ type: 'feed-begun', feed: id }),
  find: (id) => findLive(roster, idPrefix, id),
  now: () => performance.now(),
});
const line = createLine({
  engine,
  settings: start.line,
  protocols: start.listeners.map(({ protocol }) => protocol),
  findRoute: (name, protocol) => routes.find(name, protocol),
  backends: backendState,
  clients: createClientCounter(),
  total: start.maxConnections === null ? null : { slot: TOTAL_SLOT, max: start.maxConnections },
  waiting,
  balanceContext: {
    activeSessions: (slot) => backendState.activeSessions(slot),
    random: Math.random,
    health,
    maxEjected: start.maxEjected,
    now: machineNow,
  },
  witness,
  retryBudget: createRetryBudget(),
  observe: recorder,
  account(session) {
    recorder.ended(session);
    feed.ended(session);
    roster.remove(session);
  },
  report: (session, error) =>
    post({ type: 'fault', session: session.id, stack: (error as Error).stack ?? String(error) }),
});

// It begins with a letter or a digit: what begins with a dash is a flag to whoever types it.
const edgeRun = randomBytes(6).toString('base64url').replace(/^[-_]/, '0');
const idPrefix = `${edgeRun}-${start.worker.toString(36)}-`;
let sessions = 0;
let listening: Listening[] = [];

control.on('message', receive);
repeat(PROGRESS_MS, noteProgress);
hosts.start();
if (accessLog !== null) logLongSessions(start.accessLog?.longMs ?? null, roster, accessLog);
// Before its first session asks for a route: what is asked first is answered first.
post({ type: 'feeds-wanted' });
await listen();

function noteProgress(): void {
  witness.progress(roster);
  recorder.progress(roster);
}

async function listen(): Promise<void> {
  for (const [index, listener] of start.listeners.entries()) {
    try {
      listening.push(await open(listener, index));
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      post({ type: 'listen-failed', listener: listener.name, code: error.code });
      process.exit(1);
    }
  }
  post({ type: 'listening', addresses: listening.map(({ address }) => address) });
}

function open(listener: ListenerStart, index: number): Promise<Listening> {
  const { name, at } = listener;
  const origin = { listener: index, line, idPrefix };
  const accept = (client: ClientSocket) => {
    const session = new Session(client, origin, sessions++);
    roster.add(session);
    recorder.accepted(session);
    void runSession(session);
  };
  return engine.listen(at, accept, (code) => {
    recorder.acceptFailed(index);
    post({ type: 'accept-failed', listener: name, code });
  });
}

function receive(message: ToWorker): void {
  switch (message.type) {
    case 'answers':
      for (const { lookup, answer } of message.answers) routes.answer(lookup, answer);
      return;
    case 'invalidate':
      routes.invalidate(message.patterns);
      return waiting.routesChanged(message.patterns);
    case 'feeds':
      return feed.watch(message.feeds);
    case 'tell-live': {
      const lines = oldestLines(roster, sessionLines, message.max);
      return post({ type: 'live', inquiry: message.inquiry, lines });
    }
    case 'removed':
      return removedSessions.end(message.removal);
    case 'drain':
      return void drain();
    case 'end':
      return roster.endAll(message.termination);
  }
}

async function drain(): Promise<void> {
  await Promise.all(listening.map((listener) => listener.close()));
  listening = [];
  post({ type: 'stopped' });
  await roster.whenEmpty();
  accessLines.flush();
  feed.flush();
  hosts.flush();
  post({ type: 'drained' });
}

function createWorkerLog(): AccessLog | null {
  if (start.accessLog === null) return null;
  const settings = { ...start.accessLog, listeners: start.listeners.map(({ name }) => name) };
  const skipped = () => counters.add('linesSkipped', 1);
  return createAccessLog(settings, (text) => accessLines.add(text), skipped);
}

function createRetryBudget(): RetryBudget | null {
  const { retryBudget } = start.line;
  return retryBudget === null ? null : new RetryBudget(retryBudget, start.workers);
}

function createClientCounter(): ClientCounter | null {
  const { clients, worker, clientLimits } = start;
  if (clients === null) return null;
  const onUncounted = () => counters.add('clientsUncounted', 1);
  return new ClientCounter(clients, worker, clientLimits, { now: machineNow, onUncounted });
}
