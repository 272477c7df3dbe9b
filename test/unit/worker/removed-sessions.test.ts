import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../src/balance/backend.ts';
import type { ClientSocket } from '../../../src/engine/engine.ts';
import { Roster } from '../../../src/session/roster.ts';
import type { Route } from '../../../src/session/route.ts';
import { Session, type SessionOrigin } from '../../../src/session/session.ts';
import { RemovedSessions } from '../../../src/worker/removed-sessions.ts';

const CLIENT = { close() {} } as ClientSocket;

/** Sessions of these, as `app.test 10.0.0.1:443`, in a roster that each leaves when it is ended. */
function sessionsOf(...places: readonly string[]): { roster: Roster; sessions: Session[] } {
  const roster = new Roster();
  const sessions = places.map((place, number) => {
    const [pattern, name, member] = place.split(' ');
    const session: Session = new Session(
      { ...CLIENT, close: () => roster.remove(session) },
      {} as SessionOrigin,
      number,
    );
    session.protocol = 'tls';
    session.route = { pattern } as Route;
    session.backend = { name, ...(member !== undefined && { member }) } as Backend;
    roster.add(session);
    return session;
  });
  return { roster, sessions };
}

/** Work put off, done turn by turn. */
function turns() {
  const later: (() => void)[] = [];
  const turn = () => {
    later.shift()?.();
    return later.length;
  };
  return { later: (run: () => void) => later.push(run), turn };
}

const endings = (sessions: readonly Session[]) =>
  sessions.map(({ isOver, termination }) => (isOver ? termination : '-')).join(' ');

test('only sessions of the route that go to what was removed are ended', () => {
  const { roster, sessions } = sessionsOf(
    'app.test 10.0.0.1:443',
    'app.test 10.0.0.2:443',
    'other.test 10.0.0.1:443',
    'app.test 10.0.0.3:443 app.internal:443',
  );
  const { later, turn } = turns();
  const removed = new RemovedSessions(roster, later);
  const members = ['10.0.0.1:443', 'app.internal:443'];
  removed.end({ pattern: 'app.test', protocol: 'http', members });
  while (turn() > 0);
  assert.equal(endings(sessions), '- - - -');
  removed.end({ pattern: 'app.test', protocol: 'tls', members });
  while (turn() > 0);
  assert.equal(endings(sessions), 'backend-removed - - backend-removed');
  assert.equal(roster.size, 2);
});

test('a hundred thousand sessions are looked at in many turns, whoever ends meanwhile', () => {
  const { roster, sessions } = sessionsOf(...Array<string>(100_000).fill('app.test 10.0.0.1:443'));
  const { later, turn } = turns();
  const removed = new RemovedSessions(roster, later);
  removed.end({ pattern: 'app.test', protocol: 'tls', members: ['10.0.0.1:443'] });
  let count = 0;
  let last = roster.size;
  while (turn() > 0) {
    count++;
    assert.ok(last - roster.size <= 2000, 'a turn ended too many');
    // The one that would have been next goes by itself.
    sessions[2001 * count - 1]?.end('client-aborted');
    last = roster.size;
  }
  assert.ok(count > 40, `${count} turns`);
  assert.equal(roster.size, 0);
});

test('what is removed while sessions are being looked at is looked for afterwards', () => {
  const { roster, sessions } = sessionsOf(
    'one.test 10.0.0.1:443',
    ...Array<string>(3000).fill('app.test 10.0.0.9:443'),
  );
  const { later, turn } = turns();
  const removed = new RemovedSessions(roster, later);
  removed.end({ pattern: 'app.test', protocol: 'tls', members: ['10.0.0.9:443'] });
  turn();
  removed.end({ pattern: 'one.test', protocol: 'tls', members: ['10.0.0.1:443'] });
  while (turn() > 0);
  assert.equal(roster.size, 0);
  assert.equal(sessions[0]!.termination, 'backend-removed');
});
