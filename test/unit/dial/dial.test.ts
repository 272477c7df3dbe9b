import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dial } from '../../../src/dial/dial.ts';
import { Ended } from '../../../src/termination.ts';
import { scripted, type Script } from './scripted.ts';

type Row = readonly [
  backends: string,
  attempts: string,
  /** The backends in the order of the attempts. */
  tried: string,
  /** The socket that won, or the termination and its detail. */
  ends: string,
  options?: Pick<Script, 'protocol' | 'earlyData' | 'retries' | 'absence' | 'budget' | 'overAt'>,
];

const HTTP = { protocol: 'http' } as const;
const EARLY = { earlyData: true };
const REFUSED = 'ECONNREFUSED';
const RESET = 'ECONNRESET';
const TIMEOUT = 'ETIMEDOUT';

// notes/reliability.md 1.3, row by row.
const ROWS: Record<string, Row> = {
  'the first candidate is taken': ['a b', 'ok answered', 'a', 'a1'],
  'no candidate': ['', '', '', 'no-backend: no candidate'],
  'no candidate, and the route knows why': [
    '',
    '',
    '',
    'no-backend: DNS failed',
    { absence: 'DNS failed' },
  ],
  'the session is ended meanwhile: no other': [
    'a b c',
    'ECONNREFUSED, ECONNREFUSED',
    'a b',
    'connect-failed: refused, refused',
    { overAt: 2 },
  ],
  'the edge has retried enough: no other': [
    'a b c',
    'ECONNREFUSED, ECONNREFUSED',
    'a b',
    'connect-failed: refused, refused, retry budget spent',
    { budget: 1 },
  ],

  'refused: another': ['a b', 'ECONNREFUSED, ok', 'a b', 'b2'],
  'unreachable: another': ['a b', 'EHOSTUNREACH, ok', 'a b', 'b2'],
  'timed out: another': ['a b', 'ETIMEDOUT, ok', 'a b', 'b2'],
  'refused, plain HTTP: another': ['a b', 'ECONNREFUSED, ok', 'a b', 'b2', HTTP],
  'refused, early data: another': ['a b', 'ECONNREFUSED, ok', 'a b', 'b2', EARLY],
  'every retry is another': ['a b c', 'ECONNREFUSED, ETIMEDOUT, ok', 'a b c', 'c3'],
  'the only backend is tried again': ['a', 'ECONNREFUSED, ECONNREFUSED, ok', 'a a a', 'a3'],
  'of two, the first is tried again': ['a b', 'ECONNREFUSED, ECONNREFUSED, ok', 'a b a', 'a3'],
  'with more retries they go round': [
    'a b',
    'ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ok',
    'a b a b a',
    'a5',
    { retries: 4 },
  ],
  'retries run out': [
    'a b c d',
    'ECONNREFUSED, ECONNREFUSED, ECONNREFUSED',
    'a b c',
    'connect-failed: refused, refused, refused',
  ],
  'no retries': ['a b', 'ECONNREFUSED', 'a', 'connect-failed: refused', { retries: 0 }],
  'the last failure names the ending: a timeout': [
    'a b c',
    'ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT',
    'a b c',
    'connect-timeout: refused, unreachable, timeout',
  ],
  'the last failure names the ending: a refusal': [
    'a b',
    'ETIMEDOUT, ECONNREFUSED',
    'a b',
    'connect-failed: timeout, refused',
    { retries: 1 },
  ],
  'the deadline ends it': [
    'a b c d',
    'ETIMEDOUT, ETIMEDOUT, ETIMEDOUT',
    'a b c',
    'connect-timeout: timeout, timeout, timeout',
    { retries: 9 },
  ],

  'out of descriptors: another': ['a b', 'EMFILE, ok', 'a b', 'b2'],
  'out of source ports, then refused: ours is the cause': [
    'a b c',
    'EADDRNOTAVAIL, ECONNREFUSED, ETIMEDOUT',
    'a b c',
    'no-source-ports: source ports, refused, timeout',
  ],

  'closed on the head: another': ['a b', 'ok refused, ok', 'a b', 'b2'],
  'closed on the head by the only backend: once more': ['a', 'ok refused, ok', 'a a', 'a2'],
  'closed on the head, no retries': ['a b', 'ok refused', 'a', 'a1', { retries: 0 }],
  'closed on the head, early data: never': ['a b', 'ok refused', 'a', 'a1', EARLY],
  'closed on the head, plain HTTP: never': ['a b', 'ok refused', 'a', 'a1', HTTP],
  'closed on the head twice: passed on': ['a b c', 'ok refused, ok refused', 'a b', 'b2'],
  'refused, then closed on the head': ['a b c', 'ECONNREFUSED, ok refused, ok', 'a b c', 'c3'],
  'closed on the head, then refused': ['a b c', 'ok refused, ECONNREFUSED, ok', 'a b c', 'c3'],
  'closed on the head, then nobody there': [
    'a',
    'ok refused, ECONNREFUSED, ECONNREFUSED',
    'a a a',
    'connect-failed: reset, refused, refused',
  ],
  'any answer: never': ['a b', 'ok answered', 'a', 'a1'],
  'the client sent more: never': ['a b', 'ok client-spoke', 'a', 'a1'],
  'silence: left to the relay': ['a b', 'ok timeout', 'a', 'a1'],

  'reset while the head is written: another': ['a b', 'ECONNRESET, ok refused', 'a b', 'b2'],
  'reset while the head is written, twice': [
    'a b c',
    'ECONNRESET, EPIPE',
    'a b',
    'connect-failed: reset, reset',
  ],
  'reset while early data is written: never': [
    'a b',
    'ECONNRESET',
    'a',
    'connect-failed: reset',
    EARLY,
  ],
  'reset while a request is written: never': ['a b', 'EPIPE', 'a', 'connect-failed: reset', HTTP],
};

test('which backends are tried, and how it ends', async (t) => {
  for (const [title, [backends, attempts, tried, end, options]] of Object.entries(ROWS)) {
    await t.test(title, async () => {
      const { events, ends } = await run({ backends, attempts: attempts.split(', '), ...options });
      const connects = events.filter((event) => event.startsWith('connect '));
      assert.equal(connects.map((event) => event.split(' ')[1]).join(' '), tried);
      assert.equal(ends, end);
    });
  }
});

test('one backend that answers: one connection, one lease, one watch', async () => {
  const { plan, connector, events } = scripted({ backends: 'a b', attempts: ['7 ok answered'] });
  assert.deepEqual(await dial(plan, connector), {
    backend: 'a',
    socket: 'a1',
    headSent: 4,
    connectedAt: 1007,
  });
  const expected = ['take a', 'connect a 2500', 'write PROXY a head', 'watch a1 1000', 'ok a 7'];
  assert.deepEqual(events, expected);
});

test('a plain HTTP backend is not watched: there would be no retry', async () => {
  const { events } = await run({ backends: 'a b', attempts: ['ok'], protocol: 'http' });
  assert.deepEqual(events.slice(-1), ['ok a 0']);
  assert.ok(!events.some((event) => event.startsWith('watch')));
});

test('a retry gives back what it took, and sends the head as it is by then', async () => {
  const attempts = ['3 ECONNREFUSED', '5 ok refused', '2 ok'];
  const { plan, connector, events } = scripted({ backends: 'a b c', attempts });
  const { socket, headSent } = await dial(plan, connector);
  assert.deepEqual({ socket, headSent }, { socket: 'c3', headSent: 6 });
  const expected = `
    take a, connect a 2500, write PROXY a head, release a, refused a 3,
    take b, connect b 2500, write PROXY b head+, watch b2 1000, close b2, release b, reset b 5,
    take c, connect c 2500, write PROXY c head++, ok c 2`;
  assert.deepEqual(events, expected.trim().split(/,\s+/));
});

test('a backend that failed is given a moment before it is tried again, another one is not', async () => {
  const { events } = await run({ backends: 'a b', attempts: [REFUSED, REFUSED, 'ok'] });
  const steps = events.filter((event) => /^(connect|wait)/.test(event));
  assert.deepEqual(steps, ['connect a 2500', 'connect b 2500', 'wait 250', 'connect a 2500']);
});

test('attempts share one deadline, and the last one has what is left of it', async () => {
  const { events } = await run({ backends: 'a b c', attempts: [TIMEOUT, TIMEOUT, TIMEOUT] });
  const connects = events.filter((event) => event.startsWith('connect'));
  assert.deepEqual(connects, ['connect a 2500', 'connect b 2500', 'connect c 1000']);
});

test('no attempt is made when the pause used up the deadline', async () => {
  const attempts = ['5900 ECONNREFUSED'];
  const { events, ends } = await run({ backends: 'a', attempts, connectTimeoutMs: 2500 });
  assert.equal(ends, 'connect-failed: refused');
  assert.deepEqual(events.at(-1), 'wait 250');
});

test('a bug in the connector passes untouched, and nothing stays taken', async () => {
  const { plan, connector, events } = scripted({ backends: 'a b', attempts: ['boom'] });
  await assert.rejects(dial(plan, connector), new TypeError('boom'));
  assert.deepEqual(events.slice(-1), ['release a']);
});

test('what failed last is the cause of the ending', async () => {
  const { plan, connector } = scripted({ backends: 'a', attempts: ['EHOSTUNREACH'], retries: 0 });
  await assert.rejects(dial(plan, connector), (reason: Ended) => {
    assert.equal((reason.cause as Error).message, 'EHOSTUNREACH');
    return true;
  });
});

test('whatever happens, only the winner stays taken and open, within the retries and the rules', async () => {
  const failures = [REFUSED, TIMEOUT, 'EMFILE', RESET, 'EHOSTUNREACH', '900 ECONNREFUSED'];
  const replies = ['ok answered', 'ok refused', 'ok timeout', 'ok client-spoke'];
  const scripts = fc.record({
    backends: fc.constantFrom('a', 'a b', 'a b c'),
    attempts: fc.array(fc.constantFrom(...failures, ...replies), { minLength: 6, maxLength: 6 }),
    protocol: fc.constantFrom('tls' as const, 'http' as const),
    earlyData: fc.boolean(),
    retries: fc.nat(4),
  });
  await fc.assert(
    fc.asyncProperty(scripts, async (script) => {
      const { events, ends } = await run(script);
      const count = (pattern: RegExp) => events.filter((event) => pattern.test(event)).length;
      const won = /^[a-c]\d$/.test(ends) ? 1 : 0;
      assert.equal(count(/^take/), count(/^release/) + won);
      assert.equal(count(/^take/), count(/^connect/));
      assert.ok(count(/^connect/) <= script.retries + 1);
      const mayResend = script.protocol === 'tls' && !script.earlyData;
      const written = count(/^reset/) + won;
      assert.ok(written <= (mayResend ? 2 : 1), 'a head was written once too often');
      const [last] = events.filter((event) => event.startsWith('connect')).slice(-1);
      assert.ok(won === 0 || last!.startsWith(`connect ${ends[0]}`));
    }),
  );
});

async function run(script: Script): Promise<{ events: string[]; ends: string }> {
  const { plan, connector, events } = scripted(script);
  try {
    return { events, ends: (await dial(plan, connector)).socket };
  } catch (reason) {
    if (!(reason instanceof Ended)) throw reason;
    return { events, ends: reason.message };
  }
}
