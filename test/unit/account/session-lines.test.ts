import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SessionLines, type LiveRecord } from '../../../src/account/session-lines.ts';
import type { Backend } from '../../../src/balance/backend.ts';
import type { ServerName } from '../../../src/server-name.ts';
import type { Route } from '../../../src/session/route.ts';
import type { SessionRecord } from '../../../src/session/session.ts';
import { TERMINATION_NAMES } from '../../../src/termination.ts';

/** One printable line: no control, nothing beyond ASCII, no second line. */
const PRINTABLE_LINE = /^[\x20-\x7e]+\n$/;

// What terminals, shells and log readers act on, and anything else.
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '\0', '\x1b', '[', ']', ';', '\x07', '\x9b', '}'),
    maxLength: 300,
  }),
  fc.string({
    unit: fc.constantFrom('\u202e', '\u2066', '\u200f', '\u2028', '\ud800', '\u{1f600}', ','),
    maxLength: 300,
  }),
  fc.constant('","termination":"ok"}\n{"level":"info","termination":"ok"}'),
);

const record: fc.Arbitrary<SessionRecord & LiveRecord> = fc
  .record({
    id: hostileText,
    host: hostileText,
    detail: hostileText,
    pattern: hostileText,
    backend: hostileText,
    alpn: fc.array(hostileText, { maxLength: 20 }),
    termination: fc.constantFrom(...TERMINATION_NAMES),
  })
  .map(({ host, pattern, backend, ...rest }) => ({
    listener: 0,
    source: { ip: '192.0.2.1', port: 5000 },
    protocol: 'tls',
    retries: 0,
    bytesFromClient: 1,
    bytesFromBackend: 2,
    helloAfter: 1,
    routeAfter: 2,
    connectAfter: 3,
    firstByteAfter: 4,
    endedAfter: 5,
    phase: 'relaying',
    age: 6,
    ...rest,
    host: host as ServerName,
    route: { pattern } as Route,
    backend: { name: backend } as Backend,
  }));

test('no text of a client, of Redis or of an operator forges a line or reaches a terminal', () => {
  fc.assert(
    fc.property(record, hostileText, hostileText, (session, edge, listener) => {
      const lines = new SessionLines({ edge, listeners: [listener] });
      for (const line of [lines.ended(session), lines.live(session)]) {
        assert.match(line, PRINTABLE_LINE);
        const said = JSON.parse(line) as Record<string, unknown>;
        assert.equal(said['edge'], edge);
        assert.equal(said['listener'], listener);
        assert.equal(said['host'] ?? '', session.host);
        assert.equal(said['route'] ?? '', session.route!.pattern);
        assert.equal(said['backend'] ?? '', session.backend!.name);
      }
      const ended = JSON.parse(lines.ended(session)) as Record<string, unknown>;
      assert.equal(ended['termination'], session.termination);
      assert.equal(ended['detail'] ?? '', session.detail);
      assert.equal('termination' in (JSON.parse(lines.live(session)) as object), false);
    }),
    { numRuns: 300 },
  );
});

test('what a client put into its ALPN is cut short', () => {
  const [session] = fc.sample(record, { numRuns: 1, seed: 1 });
  const alpn = ['h2', 'z'.repeat(255), ...Array<string>(20).fill('p')];
  const lines = new SessionLines({ edge: 'edge-1', listeners: ['tls://0.0.0.0:443'] });
  const said = JSON.parse(lines.ended({ ...session!, alpn })) as Record<string, string>;
  assert.equal(said['alpn'], `h2,${'z'.repeat(32)},p,p,p,p,p,p`);
});
