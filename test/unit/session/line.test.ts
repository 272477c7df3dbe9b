import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackendSocket, ClientSocket } from '../../../src/engine/engine.ts';
import type { TlsHello } from '../../../src/inspect/hello.ts';
import { runSession, type Line } from '../../../src/session/line.ts';
import type { Route } from '../../../src/session/route.ts';
import { Session } from '../../../src/session/session.ts';
import { Ended } from '../../../src/termination.ts';

const HELLO = { protocol: 'tls', serverName: null } as TlsHello;

/** A line whose every stage passes, with some replaced; `steps` is the order they ran in. */
function lineWith(replaced: Partial<Line>): { line: Line; steps: string[] } {
  const steps: string[] = [];
  const passing: Line = {
    inspect: async () => HELLO,
    route: () => ({}) as Route,
    balance: () => ({ next: () => null }),
    dial: async () => ({}) as BackendSocket,
    relay: (session) => session.relayed('ok'),
    refuse: (refused, reason) =>
      refused.settle(reason instanceof Ended ? reason.termination : 'internal-error'),
    account: () => {},
  };
  const recorded = Object.entries({ ...passing, ...replaced }).map(([name, stage]) => [
    name,
    (...given: unknown[]) => {
      steps.push(name);
      return (stage as (...args: unknown[]) => unknown)(...given);
    },
  ]);
  return { line: Object.fromEntries(recorded) as Line, steps };
}

function newSession(line: Line): Session {
  const client = { received: 0, close: () => {} } as ClientSocket;
  return new Session(client, { listener: 0, line, idPrefix: 'test-' }, 1);
}

test('a session passes the stages in order and ends as its relay ended', async () => {
  const { line, steps } = lineWith({ relay: (session) => session.relayed('backend-aborted') });
  const one = newSession(line);
  await runSession(one);
  assert.deepEqual(steps, ['inspect', 'route', 'balance', 'dial', 'relay', 'account']);
  assert.equal(one.termination, 'backend-aborted');
});

test('a stage that ends the session skips the rest, and the session is accounted for once', async () => {
  const { line, steps } = lineWith({
    route: () => {
      throw new Ended('unknown-host');
    },
  });
  const one = newSession(line);
  await runSession(one);
  assert.deepEqual(steps, ['inspect', 'route', 'refuse', 'account']);
  assert.equal(one.termination, 'unknown-host');
});

test('a stage that throws anything else ends that session as an internal error', async () => {
  const { line } = lineWith({
    balance: () => {
      throw new TypeError('a bug');
    },
  });
  const one = newSession(line);
  await runSession(one);
  assert.equal(one.termination, 'internal-error');
});

test('the first cause of an ending wins', async () => {
  const { line } = lineWith({
    relay: (session) => {
      session.end('drained');
      session.relayed('client-aborted');
    },
  });
  const one = newSession(line);
  await runSession(one);
  assert.equal(one.termination, 'drained');
});
