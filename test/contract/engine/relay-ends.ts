import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineHost } from '../../support/engine-remote.ts';
import { dialledSession, HELLO, type DialledSession } from '../../support/engine-session.ts';
import type { ExactSocket } from '../../support/exact-socket.ts';
import { stillness } from '../../support/stillness.ts';

const RELAY = { headSent: HELLO.length };
const SOON_MS = 100;
/** More than all the queues on its way hold. */
const FLOOD = Buffer.alloc(100_663_296, 'x');

/** Whose reset it is: both directions must behave alike. */
const SIDES = [
  { who: 'client', other: 'backend', end: 'client-aborted' },
  { who: 'backend', other: 'client', end: 'backend-aborted' },
] as const;

export function relayEndsContract(host: () => EngineHost): void {
  for (const { who, other, end } of SIDES) {
    test(`a reset of the ${who} is a reset for the ${other}`, async (t) => {
      const session = await dialledSession(t, host());
      const [mine, its] = sidesOf(session, who);
      const relayed = session.client.relay(session.backend, RELAY);
      const before = its.received;
      await mine.send('part of it');
      await its.read(before + 10);
      mine.reset();
      assert.equal(await its.end(), 'reset');
      assert.equal((await relayed).end, end);
    });

    for (const state of ['open', 'half-closed'] as const) {
      test(`a reset of the ${who} behind a queue of bytes is no end: ${state}`, async (t) => {
        const session = await dialledSession(t, host());
        const [mine, its] = sidesOf(session, who);
        const relayed = session.client.relay(session.backend, RELAY);
        if (state === 'half-closed') {
          await its.finish();
          assert.equal(await mine.end(), 'ended');
        }
        its.stopReading();
        void mine.send(FLOOD);
        await stillness(() => mine.sent);
        mine.reset();
        its.readOn();
        assert.equal(await its.end(), 'reset');
        assert.equal((await relayed).end, end);
      });
    }

    test(`a ${who} that ends without a byte, before the ${other} does`, async (t) => {
      const session = await dialledSession(t, host());
      const [mine, its] = sidesOf(session, who);
      const relayed = session.client.relay(session.backend, RELAY);
      await mine.finish();
      assert.equal(await its.end(), 'ended');
      await its.finish();
      const { end: how, hungUp } = await relayed;
      assert.deepEqual([how, hungUp], ['ok', who === 'backend']);
    });

    test(`a ${who} that half-closes and then resets has ended and then reset`, async (t) => {
      const session = await dialledSession(t, host());
      const [mine, its] = sidesOf(session, who);
      const relayed = session.client.relay(session.backend, RELAY);
      await mine.finish();
      assert.equal(await its.end(), 'ended');
      mine.reset();
      // Only what is sent to it brings the reset out.
      await its.send('a');
      await its.send('b');
      while (!its.socket.destroyed) await its.send('c');
      assert.equal((await relayed).end, end);
    });
  }

  test('a reset behind both FINs changes nothing: the session was ok', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const relayed = client.relay(backend, RELAY);
    await raw.finish();
    assert.equal(await rawBackend.end(), 'ended');
    await rawBackend.finish();
    assert.equal(await raw.end(), 'ended');
    raw.reset();
    rawBackend.reset();
    assert.equal((await relayed).end, 'ok');
  });

  test('close() ends a relay for both', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const relayed = client.relay(backend, RELAY);
    await rawBackend.send('a');
    await raw.read(1);
    await client.close();
    assert.equal((await relayed).end, 'client-aborted');
    assert.deepEqual([await raw.end(), await rawBackend.end()], ['ended', 'ended']);
  });

  test('reset() ends a relay for both', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const relayed = client.relay(backend, RELAY);
    await client.reset();
    await relayed;
    assert.deepEqual([await raw.end(), await rawBackend.end()], ['reset', 'ended']);
  });

  test('a client closed before the relay ends it at once', async (t) => {
    const { client, rawBackend, backend } = await dialledSession(t, host());
    await client.close();
    await client.relay(backend, RELAY);
    assert.equal(await rawBackend.end(), 'ended');
  });

  test('with no byte either way a session ends as idle', async (t) => {
    const { raw, client, rawBackend, backend } = await dialledSession(t, host());
    const { end } = await client.relay(backend, { ...RELAY, idleTimeoutMs: SOON_MS });
    assert.equal(end, 'idle-timeout');
    assert.deepEqual([await raw.end(), await rawBackend.end()], ['ended', 'ended']);
  });

  for (const { who } of SIDES) {
    test(`once the ${who} has ended, the half-close limit holds`, async (t) => {
      const session = await dialledSession(t, host());
      const [mine, its] = sidesOf(session, who);
      const limits = { ...RELAY, halfCloseTimeoutMs: SOON_MS };
      const relayed = session.client.relay(session.backend, limits);
      await mine.finish();
      assert.equal((await relayed).end, 'half-close-timeout');
      assert.deepEqual([await mine.end(), await its.end()], ['ended', 'ended']);
    });
  }
}

function sidesOf(session: DialledSession, who: 'client' | 'backend'): [ExactSocket, ExactSocket] {
  const { raw, rawBackend } = session;
  return who === 'client' ? [raw, rawBackend] : [rawBackend, raw];
}
