import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPool } from '../../../src/balance/pool.ts';
import { parseCidr } from '../../../src/cidr.ts';
import type { ClientSocket } from '../../../src/engine/engine.ts';
import type { Hello } from '../../../src/inspect/hello.ts';
import { HttpHeadReader } from '../../../src/inspect/http/http-head.ts';
import { admit, Redirected } from '../../../src/session/admission/admit.ts';
import { NO_OPTIONS, type Route, type RouteOptions } from '../../../src/session/route.ts';
import type { Line } from '../../../src/session/line.ts';
import { Session } from '../../../src/session/session.ts';
import { Ended } from '../../../src/termination.ts';
import { BackendState, createBackendStateBuffers } from '../../../src/worker/backend-state.ts';

const SLOT = 5;
const TLS = { protocol: 'tls', serverName: null } as Hello;
const REQUEST = Buffer.from('GET /a?b HTTP/1.1\r\nHost: app.test\r\n\r\n');
const CHALLENGE = Buffer.from(
  'GET /.well-known/acme-challenge/a HTTP/1.1\r\nHost: app.test\r\n\r\n',
);
const AT_HOME = { ip: '203.0.113.1', port: 443 };

const counts = new BackendState(createBackendStateBuffers(1), 0);

function routeWith(options: Partial<RouteOptions>, slot: number | null = null): Route {
  const pool = createPool([], 'random');
  const all = { ...NO_OPTIONS, ...options };
  return { pattern: 'app.test', match: 'exact', pool, acme: null, options: all, slot };
}

function sessionFrom(ip: string, head: Uint8Array = Buffer.alloc(0)): Session {
  const client = { remote: { ip, port: 40_000 }, local: AT_HOME, head } as ClientSocket;
  return new Session(client, { listener: 0, line: {} as Line, idPrefix: 'test-' }, 1);
}

/** How a session fares: `admitted`, or its termination. */
function fate(session: Session, route: Route, hello: Hello = TLS): string {
  session.route = route;
  try {
    admit(session, hello, route, counts);
    return 'admitted';
  } catch (reason) {
    assert.ok(reason instanceof Ended);
    return reason instanceof Redirected ? reason.location : reason.termination;
  }
}

const blocks = (...texts: readonly string[]) => texts.map((text) => parseCidr(text)!);

test('without options everybody is admitted, and counted nowhere', () => {
  const session = sessionFrom('192.0.2.1');
  assert.equal(fate(session, routeWith({}, SLOT)), 'admitted');
  assert.deepEqual([session.routeSlot, counts.activeSessions(SLOT)], [null, 0]);
});

test('who is denied is, allowed or not; and with an allow-list everybody else is', () => {
  const fates = (options: Partial<RouteOptions>, ...ips: readonly string[]) =>
    ips.map((ip) => fate(sessionFrom(ip), routeWith(options))).join(' ');
  const deny = blocks('10.1.0.0/16', '2001:db8::/32');
  const allow = blocks('10.0.0.0/8');
  assert.equal(fates({ deny }, '10.1.2.3', '10.2.0.1', '::1'), 'denied admitted admitted');
  assert.equal(fates({ allow }, '10.1.2.3', '192.0.2.1', '::1'), 'admitted denied denied');
  assert.equal(fates({ allow, deny }, '10.1.2.3', '10.2.0.1'), 'denied admitted');
  assert.equal(fates({ deny }, '2001:db8::7'), 'denied');
});

test('the address of an accepted PROXY header is the one that counts', () => {
  const session = sessionFrom('10.0.0.1');
  session.believe({ source: { ip: '192.0.2.1', port: 1 }, destination: AT_HOME });
  assert.equal(fate(session, routeWith({ allow: blocks('10.0.0.0/8') })), 'denied');
  assert.equal(fate(session, routeWith({ allow: blocks('192.0.2.1') })), 'admitted');
});

test('a route takes as many sessions as its limit, and the next is limited until one ends', () => {
  const route = routeWith({ maxConnections: 2 }, SLOT);
  const sessions = [1, 2, 3].map(() => sessionFrom('192.0.2.1'));
  const fates = sessions.map((session) => fate(session, route));
  assert.deepEqual(fates, ['admitted', 'admitted', 'limited']);
  assert.deepEqual(
    sessions.map(({ routeSlot }) => routeSlot),
    [SLOT, SLOT, null],
  );
  counts.release(SLOT);
  assert.equal(fate(sessionFrom('192.0.2.1'), route), 'admitted');
});

test('plain HTTP is redirected where https is wanted, but for TLS and for ACME challenges', () => {
  const route = routeWith({ redirect: 'https' });
  const fateOf = (head: Buffer) => {
    const reading = new HttpHeadReader(1024).read(head);
    assert.equal(reading.kind, 'hello');
    return fate(sessionFrom('192.0.2.1', head), route, reading.hello);
  };
  assert.equal(fateOf(REQUEST), 'https://app.test/a?b');
  assert.equal(fateOf(CHALLENGE), 'admitted');
  assert.equal(fateOf(Buffer.from('OPTIONS * HTTP/1.1\r\nHost: app.test\r\n\r\n')), 'malformed');
  assert.equal(fate(sessionFrom('192.0.2.1'), route), 'admitted');
});

test('who is denied is not redirected, and who is redirected takes no room', () => {
  const reading = new HttpHeadReader(1024).read(REQUEST);
  assert.equal(reading.kind, 'hello');
  const options = { redirect: 'https', maxConnections: 1 } as const;
  const session = sessionFrom('192.0.2.1', REQUEST);
  const denying = routeWith({ ...options, deny: blocks('192.0.2.1') }, SLOT + 1);
  assert.equal(fate(session, denying, reading.hello), 'denied');
  fate(session, routeWith(options, SLOT + 1), reading.hello);
  assert.equal(counts.activeSessions(SLOT + 1), 0);
});
