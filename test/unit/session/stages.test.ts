import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../src/balance/pool.ts';
import { SocketError } from '../../../src/engine/engine.ts';
import type { BackendSocket, ClientSocket, Engine } from '../../../src/engine/engine.ts';
import { runSession } from '../../../src/session/line.ts';
import { NO_OPTIONS, type Route } from '../../../src/session/route.ts';
import { Session } from '../../../src/session/session.ts';
import { createLine } from '../../../src/session/stages.ts';
import { Witness } from '../../../src/session/witness.ts';
import { Waiting } from '../../../src/session/waiting/waiting.ts';
import { BackendState, createBackendStateBuffers } from '../../../src/worker/backend-state.ts';
import { alpn, clientHello } from '../../support/client-hello.ts';
import { backendsOf, contextOf } from '../balance/backends.ts';

const SLOT = 9;
const ACME = [alpn('acme-tls/1')];
const [FIRST, SOLVER] = backendsOf(1, 1);
const ROUTE: Route = {
  pattern: 'app.test',
  match: 'exact',
  pool: createPool([FIRST!], 'random'),
  acme: null,
  options: NO_OPTIONS,
  slot: null,
};

const counts = new BackendState(createBackendStateBuffers(1), 0);

interface Course {
  readonly session: Session;
  /** The backend's port, and the timeouts that the engine was given: to connect, and to be idle. */
  readonly asked: readonly (number | undefined)[];
  /** Sessions on the slot of the route while it was relayed. */
  readonly counted: number | undefined;
}

/** A session of these first bytes by this route, on an engine that dials and relays at once. */
async function course(
  route: Route,
  head: Buffer,
  onDial = (_session: Session) => {},
): Promise<Course> {
  const asked: (number | undefined)[] = [];
  let counted: number | undefined;
  const engine: Pick<Engine, 'dial' | 'relay' | 'firstReply'> = {
    async dial(to, { timeoutMs }) {
      asked.push('port' in to ? to.port : undefined, timeoutMs);
      onDial(session);
      return { received: 0, firstByteAt: 0 } as BackendSocket;
    },
    firstReply: async () => 'answered',
    relay(_client, _backend, { idleTimeoutMs }, owner) {
      asked.push(idleTimeoutMs);
      counted = counts.activeSessions(SLOT);
      owner.relayed('ok');
    },
  };
  const line = createLine({
    engine: engine as Engine,
    settings: {
      helloTimeoutMs: 1000,
      helloMaxBytes: 16_384,
      acceptProxy: [],
      allow: [],
      deny: [],
      queueMax: 10,
      queueTimeoutMs: 1000,
      onUnknown: 'alert',
      connectTimeoutMs: 2500,
      connectRetries: 2,
      retryBudget: null,
      idleTimeoutMs: 3_600_000,
      halfCloseTimeoutMs: 60_000,
    },
    protocols: ['auto'],
    findRoute: () => route,
    backends: counts,
    clients: null,
    total: null,
    waiting: new Waiting(counts, () => {}),
    balanceContext: contextOf(),
    witness: new Witness({ failed() {}, connected() {}, answered() {} }),
    retryBudget: null,
    observe: { entered() {}, hello() {}, lookedUp() {}, connected() {}, retryDenied() {} },
    account() {},
    report: (_session, error) => assert.fail(error as Error),
  });
  const at = { ip: '192.0.2.1', port: 1 };
  const client = { remote: at, local: at, head, received: head.length };
  const acts = { refuse() {}, consume() {}, close() {} };
  const origin = { listener: 0, line, idPrefix: 't-' };
  const session = new Session({ ...client, ...acts } as unknown as ClientSocket, origin, 1);
  await runSession(session);
  return { session, asked, counted };
}

test('without options a session goes by the flags', async () => {
  const { session, asked, counted } = await course(ROUTE, clientHello('app.test'));
  assert.deepEqual([session.termination, counted], ['ok', 0]);
  assert.deepEqual(asked, [1000, 2500, 3_600_000]);
});

test("a route's timeouts win over the flags", async () => {
  const options = { ...NO_OPTIONS, connectTimeoutMs: 300, idleTimeoutMs: 700 };
  const { asked } = await course({ ...ROUTE, options }, clientHello('app.test'));
  assert.deepEqual(asked, [1000, 300, 700]);
});

test('ACME goes to its own backends where the route has any, else with the rest', async () => {
  const solving = { ...ROUTE, acme: createPool([SOLVER!], 'random') };
  const port = async (route: Route, hello: Buffer) => (await course(route, hello)).asked[0];
  assert.equal(await port(solving, clientHello('app.test', ACME)), 1001);
  assert.equal(await port(solving, clientHello('app.test', [alpn('h2', 'http/1.1')])), 1000);
  assert.equal(await port(ROUTE, clientHello('app.test', ACME)), 1000);
});

test('ACME never goes to a default route, whatever backends that has for it', async () => {
  const acme = createPool([SOLVER!], 'random');
  const route: Route = { ...ROUTE, pattern: 'httpsDefault', match: 'default', acme };
  const { session } = await course(route, clientHello('app.test', ACME));
  assert.deepEqual([session.termination, session.backend], ['unknown-host', null]);
});

test('a session is counted on its route until it ends, however it ends', async () => {
  const options = { ...NO_OPTIONS, maxConnections: 1 };
  const route = { ...ROUTE, options, slot: SLOT };
  const relayed = await course(route, clientHello('app.test'));
  assert.deepEqual([relayed.session.termination, relayed.counted], ['ok', 1]);
  const empty = { ...route, pool: createPool([], 'random') };
  const undialled = await course(empty, clientHello('app.test'));
  assert.equal(undialled.session.termination, 'no-backend');
  assert.equal(counts.activeSessions(SLOT), 0);
});

test('a session that is ended while it is dialled is dialled no more', async () => {
  const two = { ...ROUTE, pool: createPool([FIRST!, SOLVER!], 'round-robin') };
  const { session, asked } = await course(two, clientHello('app.test'), (dialled) => {
    dialled.end('drained');
    throw new SocketError('ECONNREFUSED');
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(session.termination, 'drained');
  assert.equal(session.attempts, 1);
  assert.equal(asked.length, 2);
});
