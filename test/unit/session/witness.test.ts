import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hello } from '../../../src/inspect/hello.ts';
import type { Line } from '../../../src/session/line.ts';
import { Session } from '../../../src/session/session.ts';
import type { BackendSocket, ClientSocket } from '../../../src/engine/engine.ts';
import { Witness } from '../../../src/session/witness.ts';
import { backendsOf } from '../balance/backends.ts';

const [A, B] = backendsOf(1, 1);
const AT = { ip: '192.0.2.1', port: 1 };

/** A session of this protocol, a witness of it, and what that one has said: `a failed refused`. */
function scene(protocol: 'tls' | 'http' = 'tls') {
  const said: string[] = [];
  const name = (slot: number) => 'ab'[slot];
  const witness = new Witness({
    failed: (slot, cause) => said.push(`${name(slot)} failed ${cause}`),
    connected: (slot) => said.push(`${name(slot)} connected`),
    answered: (slot) => said.push(`${name(slot)} answered`),
  });
  const client = { remote: AT, local: AT, received: 0 } as ClientSocket;
  const session = new Session(client, { listener: 0, line: {} as Line, idPrefix: '' }, 0);
  session.hello = { protocol } as Hello;
  return { said, witness, session };
}

function dial(session: Session, backend = A!): void {
  session.attempts++;
  session.backend = backend;
}

function receive(session: Session, bytes: number): void {
  session.socket = { received: bytes, firstByteAt: 1 } as BackendSocket;
}

test('a backend that cannot be reached has failed, but for our own want of something', () => {
  const { said, witness, session } = scene();
  dial(session);
  witness.attempted(session, 'refused', false);
  witness.attempted(session, 'unreachable', false);
  witness.attempted(session, 'timeout', true);
  witness.attempted(session, 'resources', false);
  witness.attempted(session, 'source-ports', false);
  assert.deepEqual(said, ['a failed refused', 'a failed unreachable', 'a failed timeout']);
});

test('a backend that was given less time than usual has not failed', () => {
  const { said, witness, session } = scene();
  dial(session);
  witness.attempted(session, 'timeout', false);
  assert.deepEqual(said, []);
});

test('a backend that turns a hello down has failed once another one has answered it', () => {
  const { said, witness, session } = scene();
  dial(session);
  witness.attempted(session, 'reset', false);
  dial(session, B);
  witness.attempted(session, 'ok', false);
  assert.deepEqual(said, ['b connected']);
  receive(session, 100);
  witness.progress([session]);
  assert.deepEqual(said.slice(1), ['b answered', 'a failed closed']);
});

test('a hello that two backends turn down says nothing of either', () => {
  for (const second of ['at once', 'later'] as const) {
    const { said, witness, session } = scene();
    dial(session);
    witness.attempted(session, 'reset', false);
    dial(session, B);
    witness.attempted(session, second === 'at once' ? 'reset' : 'ok', false);
    if (second === 'later') receive(session, 0);
    session.settle(second === 'later' ? 'backend-aborted' : 'connect-failed');
    witness.ended(session);
    assert.deepEqual(said, second === 'later' ? ['b connected'] : [], second);
  }
});

test('a backend that turns down what nobody else is shown has failed', () => {
  const http = scene('http');
  dial(http.session);
  http.witness.attempted(http.session, 'reset', false);
  assert.deepEqual(http.said, ['a failed reset']);

  const tls = scene('tls');
  dial(tls.session);
  tls.witness.attempted(tls.session, 'reset', false);
  tls.session.settle('connect-failed');
  tls.witness.ended(tls.session);
  assert.deepEqual(tls.said, ['a failed closed']);
});

test('a backend that resets a session it has not answered has failed, and no other ending says so', () => {
  const rows = [
    ['backend-aborted', 0, ['a failed closed']],
    ['backend-aborted', 1, ['a answered']],
    ['client-aborted', 0, []],
    ['idle-timeout', 0, []],
    ['ok', 0, []],
    ['ok', 1, ['a answered']],
  ] as const;
  for (const [termination, bytes, expected] of rows) {
    const { said, witness, session } = scene('http');
    dial(session);
    receive(session, bytes);
    session.settle(termination);
    witness.ended(session);
    assert.deepEqual(said, expected, `${termination} ${bytes}`);
  }
});

test('a backend that ends at once without a byte has failed, and one that has waited has not', () => {
  const rows = [
    ['ok', 900, ['a failed closed']],
    ['client-aborted', 900, ['a failed closed']],
    ['ok', 1100, []],
  ] as const;
  for (const [termination, ms, expected] of rows) {
    const { said, witness, session } = scene('http');
    dial(session);
    session.socket = { received: 0, firstByteAt: 0, hungUp: true } as BackendSocket;
    session.connectAfter = 500;
    session.endedAfter = 500 + ms * 1000;
    session.settle(termination);
    witness.ended(session);
    assert.deepEqual(said, expected, `${termination} ${ms}`);
  }
});

test('the first bytes of a session are told of once', () => {
  const { said, witness, session } = scene();
  dial(session);
  receive(session, 10);
  witness.progress([session]);
  session.countedFromBackend = 10;
  witness.progress([session]);
  session.settle('ok');
  witness.ended(session);
  assert.deepEqual(said, ['a answered']);
});

test('an answer that was told of as it came is not told of again', () => {
  const { said, witness, session } = scene();
  dial(session);
  receive(session, 10);
  witness.replied(session, 'answered');
  witness.progress([session]);
  assert.deepEqual(said, ['a answered']);
});

test('a session that is over is held against nobody', () => {
  const { said, witness, session } = scene();
  dial(session);
  session.settle('client-aborted');
  witness.ended(session);
  witness.attempted(session, 'reset', false);
  witness.progress([session]);
  assert.deepEqual(said, []);
});
